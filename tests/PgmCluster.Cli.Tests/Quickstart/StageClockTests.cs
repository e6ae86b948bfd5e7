using Microsoft.Extensions.Time.Testing;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Quickstart;

public sealed class StageClockTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Measure_InterruptedStage_AddsUp()
    {
        var (path, time) = (_directory["clock.json"], new FakeTimeProvider());
        var processor = TimeSpan.FromSeconds(100);
        var interruption = new TaskCompletionSource();
        var fails = StageClock.Open(path, time, () => processor).MeasureAsync<int>("a", async () =>
        {
            await interruption.Task;
            throw new InvalidOperationException();
        });
        processor += TimeSpan.FromSeconds(5);
        time.Advance(TimeSpan.FromSeconds(3));
        // It is kept while the stage runs, so that a process that is killed has it.
        while (!File.Exists(path)) await Task.Yield();
        interruption.SetResult();
        await Assert.ThrowsAsync<InvalidOperationException>(() => fails);

        var second = StageClock.Open(path, time, () => processor);
        await second.MeasureAsync("a", () =>
        {
            processor += TimeSpan.FromSeconds(8);
            time.Advance(TimeSpan.FromSeconds(4));
            return Task.FromResult(0);
        });
        Assert.Equal((7, 13), (second.Seconds("a"), second.CpuSeconds("a")));

        var third = StageClock.Open(path, time, () => processor);
        await third.MeasureAsync("a", () =>
        {
            processor += TimeSpan.FromSeconds(8);
            time.Advance(TimeSpan.FromSeconds(4));
            return Task.FromResult(0);
        });
        Assert.Equal((7, 13), (third.Seconds("a"), third.CpuSeconds("a")));
    }

    /// <summary>A process that only waits for another has no part in what that computes.</summary>
    [Fact]
    public async Task Measure_PartlyInAnotherProcess_HasNoProcessorTimeOfTheWhole()
    {
        var (path, processor) = (_directory["clock.json"], TimeSpan.FromSeconds(1));
        Task<int> Work()
        {
            processor += TimeSpan.FromSeconds(8);
            return Task.FromResult(0);
        }

        await StageClock.Open(path, new FakeTimeProvider(), () => processor).MeasureAsync("here", Work);
        await StageClock.Open(path, new FakeTimeProvider(), () => processor).MeasureAsync("there", Work, isElsewhere: true);

        var read = StageClock.Open(path, new FakeTimeProvider());
        Assert.Equal((8, null, null), (read.WholeCpuSeconds("here"), read.WholeCpuSeconds("there"), read.WholeCpuSeconds("never")));
    }

    /// <summary>Versions before processor time was counted wrote none.</summary>
    [Fact]
    public void Open_FileWithoutProcessorTime_CountsItFromZero()
    {
        File.WriteAllText(_directory["clock.json"], """{"a":{"seconds":12.5,"done":true}}""");

        var clock = StageClock.Open(_directory["clock.json"], new FakeTimeProvider());

        Assert.Equal((12.5, 0), (clock.Seconds("a"), clock.CpuSeconds("a")));
    }
}
