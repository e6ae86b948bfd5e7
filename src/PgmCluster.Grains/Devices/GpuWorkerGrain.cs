using Orleans.Concurrency;
using Orleans.Placement;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Devices;

/// <inheritdoc cref="IGpuWorkerGrain"/>
/// <remarks>
/// A thin address for a device: what lives long is the silo's <see cref="DeviceHost"/>. Reentrant, because the scheduler calls it
/// while it calls the scheduler; no turn awaits anything.
/// </remarks>
[GrainType("gpuworker"), PinnedToSilo, KeepAlive, Immovable, Reentrant]
public sealed class GpuWorkerGrain(DeviceHost host) : Grain, IGpuWorkerGrain
{
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
            + $"Its devices: {host.Names}.");
}
