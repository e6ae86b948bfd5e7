using System.Collections.Concurrent;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Devices;

/// <summary>A silo leaves while its device works.</summary>
public sealed class DrainTests
{
    // Nothing else waits for just so long.
    private static readonly TimeSpan Drain = TimeSpan.FromMilliseconds(123_457);

    [Fact]
    public async Task Stop_WorkIsStillSaving_IsGivenTheTimeThatTheSettingSays_AndKeepsItsLease()
    {
        var time = new RecordedTime();
        await using var cluster = await GrainCluster.Start(silos: 2, controlSilos: 1, time: time, configure: o =>
        {
            o.DrainTimeout = Drain;
            o.Timings.Heartbeat = TimeSpan.FromMilliseconds(100);
        });
        var saved = new TaskCompletionSource();
        var saving = new TaskCompletionSource();
        cluster.Work.WhenInterrupted = _ =>
        {
            saving.TrySetResult();
            saved.Task.Wait();
        };
        var (_, item) = await cluster.StartRun();
        var device = (await cluster.Scheduler.GetDevices()).Single();
        var silo = cluster.Silos.Silos.Single(s => s.Name == device.SiloName);

        var stopping = cluster.Silos.StopSiloAsync(silo);
        await saving.Task;
        await Waits.Eventually(() => Task.FromResult(time.Waits.Contains(Drain)), "the silo waits as long as it was told to");
        cluster.Calls.Clear();
        await Waits.Eventually(() => Task.FromResult(cluster.Calls.Of("ILeaseGrain.Renew") >= 5), "heartbeats go on");
        // What it has, it still has; more it is not given.
        await Waits.Eventually(
            "the device is known to leave", async () => (await cluster.Scheduler.GetDevices()).Single(),
            d => d.Problem == "its silo is leaving" && d.Work is not null);
        Assert.True(await item.Publish(GrainCluster.Checkpoint(7, item.Generation)));
        Assert.False(stopping.IsCompleted);

        saved.SetResult();
        await stopping;
    }

    /// <summary>The machine's clock, with a record of what was waited for.</summary>
    private sealed class RecordedTime : TimeProvider
    {
        private readonly ConcurrentDictionary<TimeSpan, bool> _waits = new();

        public ICollection<TimeSpan> Waits => _waits.Keys;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _waits.TryAdd(dueTime, true);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
