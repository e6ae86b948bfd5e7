using PgmCluster.Execution.Gangs;
using PgmCluster.Modeling.Optimization;

namespace PgmCluster.Execution.Tests.Gangs;

/// <summary>What a step sends, simulated with gangs that this machine could not hold.</summary>
public class GangPlanTests
{
    private const long Parameters = 4096 * GradientNorm.Chunk;

    /// <summary>
    /// In two rounds: everybody's sums to the owner of a segment, and its result to all. Where the size is a power of two each member's
    /// leaves have one sum, and it sends less than two gradients however large the gang is; elsewhere a few sums more.
    /// </summary>
    [Theory]
    [InlineData(2, 1, 1.000)]
    [InlineData(16, 1, 1.875)]
    [InlineData(17, 9, 9.412)]
    [InlineData(64, 1, 1.969)]
    [InlineData(100, 5, 5.941)]
    [InlineData(256, 1, 1.992)]
    public void Of_Members_EachSendsAFewGradientsHoweverManyThereAre(int members, int mostSums, double mostGradients)
    {
        var plan = new GangPlan(members, 1024, Parameters);
        Assert.Equal(Parameters, plan.Segments.Sum(s => s.Length));
        Assert.Equal(mostSums, plan.Nodes.Max(n => n.Count));
        var sent = Enumerable.Range(0, members).Select(rank =>
            (plan.Nodes[rank].Count * (Parameters - plan.Segments[rank].Length) + (members - 1) * plan.Segments[rank].Length)
                / (double)Parameters);
        Assert.Equal(mostGradients, sent.Max(), 3);
    }
}
