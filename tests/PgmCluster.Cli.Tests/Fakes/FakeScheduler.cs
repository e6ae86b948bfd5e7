using PgmCluster.Contracts.Devices;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeScheduler(FakeCluster cluster) : IDevicesGrain
{
    public Task<IReadOnlyList<DeviceInfo>> GetDevices() => cluster.Devices();

    public Task<IReadOnlyList<QueuedWork>> GetQueue() => Task.FromResult<IReadOnlyList<QueuedWork>>(cluster.Queue);
}
