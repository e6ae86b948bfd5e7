using PgmCluster.Contracts.Devices;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeScheduler(FakeCluster cluster) : IDeviceSchedulerGrain
{
    public Task Submit(WorkAssignment work) => throw new NotSupportedException();

    public Task Submit(IReadOnlyList<WorkAssignment> work) => throw new NotSupportedException();

    public Task Withdraw(string workId, long generation) => throw new NotSupportedException();

    public Task Withdraw(IReadOnlyList<WorkGeneration> work) => throw new NotSupportedException();

    public Task Announce(DeviceInfo device) => throw new NotSupportedException();

    public Task<WorkAssignment?> Released(string worker, string workId, long generation, long lease, bool takesNext) =>
        throw new NotSupportedException();

    public Task<QueuedWork?> Find(string workId) => Task.FromResult(cluster.Queue.FirstOrDefault(q => q.WorkId == workId));

    public Task<IReadOnlyList<long>> GetGenerations(IReadOnlyList<string> workIds) => throw new NotSupportedException();

    public Task<IReadOnlyList<DeviceInfo>> GetDevices() => cluster.Devices();

    public Task<IReadOnlyList<QueuedWork>> GetQueue() => Task.FromResult<IReadOnlyList<QueuedWork>>(cluster.Queue);
}
