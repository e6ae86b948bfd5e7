using System.Collections;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Tests.Jobs.Units;

public class UnitBoardTests
{
    private static readonly UnitRun[] Runs = [UnitRun.OfImages("real", 0, 4), UnitRun.OfImages("made", 10, 4), UnitRun.AtLast("merge")];

    [Fact]
    public void At_UnitsOfRuns_AreNamedAndCutInOrder()
    {
        var board = Board(Runs);

        Assert.Equal(["made-00000", "made-00001", "made-00002", "merge"], Enumerable.Range(0, board.Count).Select(i => board[i].Name));
        Assert.Equal([(0, 4), (4, 4), (8, 2)], board.Of("made").Select(u => (u.First, u.Images)));
        Assert.Equal(["0", "1"], Board([UnitRun.OfImages("", 5, 3)]).Of("").Select(u => u.Name));
    }

    [Fact]
    public void Due_LastUnit_WaitsForAllOthers()
    {
        var board = Board(Runs);
        Assert.Equal([0, 1, 2], board.Due(64).Select(u => u.Index));
        board.MarkDone(0);
        board.MarkDone(2);
        Assert.Equal([1], board.Due(64).Select(u => u.Index));
        board.MarkDone(1);
        Assert.Equal([3], board.Due(64).Select(u => u.Index));
        board.MarkDone(3);
        Assert.True(board.IsComplete);
        board.MarkOpen(1);
        Assert.Equal([1], board.Due(64).Select(u => u.Index));
    }

    [Fact]
    public void Due_AllButTheLastUnderWay_LooksAtNone()
    {
        var runs = new CountedRuns([UnitRun.OfImages("made", 1000, 1), UnitRun.AtLast("merge")]);
        var board = new UnitBoard(runs, new byte[UnitBoard.BytesFor(runs)]);
        for (var i = 0; i < 1000; i++) board.MarkStarted(i);
        board.MarkDone(7);
        runs.Looks = 0;

        Assert.Empty(board.Due(1));
        Assert.Equal(0, runs.Looks);
        board.MarkNotStarted(900);
        Assert.Equal([900], board.Due(64).Select(u => u.Index));
        Assert.Equal(1, runs.Looks);
    }

    [Fact]
    public void Due_ResultIsLostWhileTheLastIsUnderWay_IsDoneAgain()
    {
        var board = Board(Runs);
        for (var i = 0; i < 3; i++) board.MarkDone(i);
        board.MarkStarted(3);
        board.MarkOpen(1);
        Assert.Equal([1], board.Due(64).Select(u => u.Index));
        Assert.Equal([1], board.Open().Select(u => u.Index));
        Assert.Empty(board.Open(from: 2));
    }

    [Fact]
    public void Due_SomeUnderWay_AreThoseBehindThem()
    {
        var board = Board([UnitRun.OfImages("", 1000, 1)]);
        for (var i = 0; i < 10; i++) board.MarkStarted(i);
        board.MarkDone(3);
        Assert.Equal([10, 11], board.Due(2).Select(u => u.Index));
        for (var i = 10; i < 1000; i++) board.MarkStarted(i);
        Assert.Empty(board.Due(1));
    }

    [Fact]
    public void Doubt_AgainAndAgain_ComesToEveryUnitUnderWay()
    {
        var board = Board([UnitRun.OfImages("", 100, 1)]);
        for (var i = 0; i < 100; i++) board.MarkStarted(i);
        board.Observe(new UnitNews { Index = 99, Attempt = 1, Generation = 1, Phase = JobPhase.Running });
        var seen = new HashSet<int>();
        for (var round = 0; round < 4; round++)
        {
            board.Doubt(30);
            var doubted = board.Due(100).Select(u => u.Index).ToList();
            Assert.Contains(99, doubted);
            Assert.InRange(doubted.Count, 1, 31);
            seen.UnionWith(doubted);
            foreach (var index in doubted) board.MarkStarted(index);
        }
        Assert.Equal(100, seen.Count);
    }

    [Fact]
    public void Progress_SomeDoneAndSomeRunning_IsInImages()
    {
        var board = Board(Runs);
        board.MarkDone(2);
        board.Observe(new UnitNews
        {
            Index = 0,
            Attempt = 1,
            Generation = 2,
            Phase = JobPhase.Running,
            Progress = new JobProgress { Done = 3, Total = 4, Unit = "image", UnitsPerSecond = 1.5 },
        });
        Assert.False(board.Observe(new UnitNews { Index = 0, Attempt = 1, Generation = 1, Phase = JobPhase.Running }));

        Assert.Equal(new JobProgress { Done = 5, Total = 10, Unit = "image", UnitsPerSecond = 1.5 }, board.Progress());
        var counted = new UnitBoard([new UnitRun { Name = "index", Units = 3 }], [1]);
        Assert.Equal(new JobProgress { Done = 1, Total = 3, Unit = "unit" }, counted.Progress());
    }

    private static UnitBoard Board(UnitRun[] runs) => new(runs, new byte[UnitBoard.BytesFor(runs)]);

    private sealed class CountedRuns(UnitRun[] runs) : IReadOnlyList<UnitRun>
    {
        /// <summary>Times that a unit was looked for among them.</summary>
        public int Looks { get; set; }

        public int Count => runs.Length;

        public UnitRun this[int index] => runs[index];

        public IEnumerator<UnitRun> GetEnumerator()
        {
            Looks++;
            return runs.AsEnumerable().GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
