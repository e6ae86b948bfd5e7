using PgmCluster.Data.Images;
using PgmCluster.Execution.Images;

namespace PgmCluster.Execution.Tests.Images;

public class DecodeStageTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 4)]
    [InlineData(8, 100)]
    public void Next_AnyThreadsAndRoom_GivesEachRunItsPicturesInOrder(int threads, int room)
    {
        using var stage = new DecodeStage(Picture, _ => null, threads, room, "test");
        int[][] asked = [[5, 3, 3, 9], [], [.. Enumerable.Range(1, 200)], [7]];

        var runs = asked.Select(indices => stage.Begin(indices)).ToList();

        for (var r = 0; r < asked.Length; r++)
        {
            foreach (var index in asked[r])
            {
                var picture = runs[r].Next();
                Assert.Equal((index, index), (picture.Index, picture.Require().Width));
            }
            Assert.Throws<InvalidOperationException>(() => runs[r].Next());
        }
        Assert.InRange(stage.MostWaiting, 1, Math.Max(threads, room));
    }

    [Fact]
    public void Begin_MorePicturesThanThereIsRoomFor_WaitsForThoseWhoTakeThem()
    {
        using var full = new CountdownEvent(4);
        var decoded = 0;
        using var stage = new DecodeStage(
            index =>
            {
                Interlocked.Increment(ref decoded);
                if (!full.IsSet) full.Signal();
                return Picture(index);
            },
            _ => null, threads: 2, room: 4, "test");
        using var run = stage.Begin([.. Enumerable.Range(1, 50)]);
        full.Wait();

        for (var i = 1; i <= 50; i++)
        {
            // Those before the i-th were taken: four more may have been begun, no others.
            Assert.InRange(Volatile.Read(ref decoded), 0, i - 1 + 4);
            Assert.Equal(i, run.Next().Index);
        }
        Assert.Equal(4, stage.MostWaiting);
    }

    [Fact]
    public void Next_BrokenPicture_IsAValueAndTheOthersCome()
    {
        using var stage = new DecodeStage(
            index => index % 3 == 0 ? throw new UndecodablePictureException($"{index}", "it is broken", "Mend it.") : Picture(index),
            _ => null, 4, 8, "test");
        using var run = stage.Begin([.. Enumerable.Range(1, 30)]);

        for (var i = 1; i <= 30; i++)
        {
            var picture = run.Next();
            Assert.Equal(i % 3 == 0, picture.Undecodable is not null);
            if (picture.Undecodable is { } bad) Assert.Same(bad, Assert.Throws<UndecodablePictureException>(() => picture.Require()));
            else Assert.Equal(i, picture.Require().Width);
        }
    }

    [Fact]
    public void Dispose_RunThatNobodyTakes_MakesRoomForOthers()
    {
        using var stage = new DecodeStage(Picture, _ => null, threads: 2, room: 3, "test");
        var given = stage.Begin([.. Enumerable.Range(1, 20)]);
        Assert.Equal(1, given.Next().Index);

        given.Dispose();

        using var run = stage.Begin([.. Enumerable.Range(1, 20)]);
        for (var i = 1; i <= 20; i++) Assert.Equal(i, run.Next().Index);
    }

    [Fact]
    public void Begin_PicturesThatAreThere_AreNotDecodedAgain()
    {
        using var stage = new DecodeStage(
            index => index % 2 == 0 ? Picture(index) : throw new InvalidOperationException("It is there."),
            index => index % 2 == 0 ? null : Picture(index), threads: 2, room: 2, "test");
        using var run = stage.Begin([1, 2, 3, 4, 5, 5, 6]);

        Assert.Equal([1, 2, 3, 4, 5, 5, 6], Enumerable.Range(0, 7).Select(_ => run.Next().Require().Width));
    }

    [Fact]
    public void Decode_IsDoneByTheStagesThreadsAlone()
    {
        var names = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        using var stage = new DecodeStage(
            index =>
            {
                names.TryAdd(Thread.CurrentThread.Name ?? "unnamed", true);
                return Picture(index);
            },
            _ => null, threads: 2, room: 2, "decoding");
        using var run = stage.Begin([.. Enumerable.Range(1, 100)]);
        for (var i = 0; i < 100; i++) run.Next();

        Assert.Subset(new HashSet<string> { "decoding-0", "decoding-1" }, names.Keys.ToHashSet());
    }

    private static RgbImage Picture(int index) => new(index, 1);
}
