using PgmCluster.Modeling.Likelihood;

namespace PgmCluster.Modeling.Tests.Likelihood;

public class MomentsTests
{
    private static readonly double[] Values = [1, 4, 4, 9.5, 1e3, -2];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void With_TwoParts_EqualsTheWhole(int cut)
    {
        var (whole, joined) = (Moments.Of(Values), Moments.Of(Values[..cut]).With(Moments.Of(Values[cut..])));

        Assert.Equal(6, joined.Count);
        Assert.Equal(Values.Average(), joined.Mean, 1e-12);
        Assert.Equal(whole.SquaredDeviations, joined.SquaredDeviations, 1e-6);
    }

    [Fact]
    public void StandardError_IsTheDeviationOverTheRootOfTheNumber()
    {
        // Variance (n - 1) of 2, 4, 6 is 4.
        Assert.Equal(Math.Sqrt(4.0 / 3), Moments.Of([2, 4, 6]).StandardError!.Value, 1e-15);
        Assert.Equal(2 * Math.Sqrt(4.0 / 3), Moments.Of([2, 4, 6]).Times(-2).StandardError!.Value, 1e-15);
        Assert.Null(Moments.Of([7]).StandardError);
    }
}
