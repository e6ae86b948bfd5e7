using Orleans.Concurrency;
using Orleans.Placement;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Devices;

/// <inheritdoc cref="IGpuWorkerGrain"/>
/// <remarks>
/// A thin address for a device: what lives long is the silo's <see cref="DeviceHost"/>. Reentrant, because the scheduler calls it
/// while it calls the scheduler; no turn but Announce awaits anything.
/// </remarks>
[PinnedToSilo, KeepAlive, Immovable, Reentrant]
public sealed class GpuWorkerGrain(DeviceHost host, TimeProvider time) : Grain, IGpuWorkerGrain
{
    /// <summary>A few of them fit into the time after which a device that reaches nobody stops.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    public async Task<DeviceInfo> Announce(DeviceInfo device)
    {
        var slot = Slot;
        var present = host.Info(slot);
        var asked = time.GetTimestamp();
        await GrainFactory.GetGrain<IDeviceSchedulerGrain>("default").Announce(present).WaitAsync(CallTimeout, time);
        slot.Renewed(asked);
        return present;
    }

    public Task<bool> Run(WorkAssignment work) => Task.FromResult(Slot.TryRun(work));

    public Task Stop(string workId, long generation)
    {
        Slot.Stop(workId, generation);
        return Task.CompletedTask;
    }

    public Task<DeviceInfo?> GetStatus() => Task.FromResult(host.Find(this.GetPrimaryKeyString()) is { } slot ? host.Info(slot) : null);

    private DeviceSlot Slot => host.Find(this.GetPrimaryKeyString())
        ?? throw new NotFoundException(
            $"Silo '{WorkerKey.SiloOf(this.GetPrimaryKeyString())}' has no device '{WorkerKey.DeviceOf(this.GetPrimaryKeyString())}'. "
            + $"Its devices: {string.Join(", ", host.Devices.Select(d => d.Device))}.");
}
