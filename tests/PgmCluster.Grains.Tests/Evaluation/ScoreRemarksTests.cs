using PgmCluster.Grains.Evaluation;

namespace PgmCluster.Grains.Tests.Evaluation;

public class ScoreRemarksTests
{
    [Fact]
    public void Of_FewerImagesThanFeatures_SaysWhichDistancesAreNotComparable()
    {
        Assert.Equal(
            "4 generated, 64 held-out images for 64 features: rank-deficient, Frechet distances are not comparable",
            ScoreRemarks.Of(64, [("generated", 4), ("held-out", 64), ("reference", 65)]));
        Assert.Null(ScoreRemarks.Of(64, [("generated", 65), ("held-out", null), ("reference", 1000)]));
        Assert.Null(ScoreRemarks.Of(null, [("generated", 4)]));
    }
}
