using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Wire;

namespace PgmCluster.Execution.Tests.Gangs;

/// <summary>Who gives whom the state, simulated with gangs that this machine could not hold.</summary>
public class StateTreeTests
{
    private const int Blocks = 1000;

    [Theory]
    [InlineData(2, 1, 1, 1)]
    [InlineData(16, 1, 2, 4)]
    [InlineData(16, 15, 1, 1)]
    [InlineData(64, 32, 1, 1)]
    [InlineData(64, 1, 2, 6)]
    [InlineData(256, 1, 2, 8)]
    [InlineData(256, 100, 2, 1)]
    [InlineData(256, 255, 1, 1)]
    public void Of_Members_EachGetsTheStateOnceAndNobodySendsItMoreThanTwice(int members, int holders, int mostCopies, int depth)
    {
        // Those that have the state are anywhere among the ranks.
        var seat = Seat([.. Enumerable.Range(0, members).Select(r => r * 37 % members < holders ? 7L : r % 3 - 1)]);
        var tree = StateTree.Of(seat);

        var gets = Enumerable.Range(0, members).Count(r => tree.ParentOf(r) >= 0);
        var copies = Enumerable.Range(0, members).Select(r => tree.ChildrenOf(r).Count).ToArray();
        Assert.Equal((members - holders, members - holders), (gets, copies.Sum()));
        Assert.All(Enumerable.Range(0, members), r => Assert.Equal(seat.Peers[r].Step == 7, tree.ParentOf(r) < 0));
        Assert.Equal((mostCopies, depth), (copies.Max(), tree.Depth));
    }

    /// <summary>
    /// A round is the time in which a line carries one block each way. From one member to 255, one by one, it is 255,000 rounds.
    /// </summary>
    [Theory]
    [InlineData(16, 2004)]
    [InlineData(64, 2008)]
    [InlineData(256, 2012)]
    public void Of_OneMemberHasTheState_AllHaveItAfterTwiceItsBlocks(int members, int mostRounds)
    {
        var tree = StateTree.Of(Seat([.. Enumerable.Range(0, members).Select(r => r == 0 ? 7L : -1)]));
        var has = Enumerable.Range(0, members).Select(r => r == 0 ? Blocks : 0).ToArray();
        var sent = new int[members];
        var rounds = 0;
        for (; has.Any(h => h < Blocks); rounds++)
        {
            var before = has.ToArray();
            for (var rank = 0; rank < members; rank++)
            {
                // Its children take turns, block by block.
                var children = tree.ChildrenOf(rank);
                if (children.Count == 0 || sent[rank] == children.Count * Blocks || before[rank] <= sent[rank] / children.Count) continue;
                has[children[sent[rank]++ % children.Count]]++;
            }
        }
        Assert.InRange(rounds, Blocks, mostRounds);
        Assert.Equal((members - 1) * Blocks, sent.Sum());
    }

    [Fact]
    public void Of_NobodyHasAState_TheSourceGetsItFromElsewhereAndGivesItToTwo()
    {
        var tree = StateTree.Of(Seat([-1, -1, -1, -1, -1]));
        Assert.Equal([-1, 0, 0, 1, 2], Enumerable.Range(0, 5).Select(tree.ParentOf));
    }

    /// <summary>A silo of the version before waits for the first of those that have the state.</summary>
    [Fact]
    public void Of_AMemberThatKnowsNoTrees_AllGetItFromOne()
    {
        var tree = StateTree.Of(Seat([3, 7, -1, 7, 3, -1]) with { Protocol = 0 });
        Assert.Equal([1, -1, 1, -1, 1, 1], Enumerable.Range(0, 6).Select(tree.ParentOf));
    }

    private static GangSeat Seat(long[] steps) => new()
    {
        RunId = "run",
        Generation = 1,
        Secret = [],
        Rank = 0,
        Peers = [.. steps.Select((step, rank) => new GangPeer($"worker{rank}", "", step))],
    };
}
