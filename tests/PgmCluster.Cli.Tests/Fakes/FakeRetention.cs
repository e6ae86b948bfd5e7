using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeRetention(FakeCluster cluster) : IJobRetentionGrain
{
    public Task Delete(string id)
    {
        if (cluster.Refusals.TryGetValue(id, out var refusal)) throw refusal;
        if (cluster.Jobs.RemoveAll(j => j.Name == id) == 0) throw new NotFoundException($"Deleting job '{id}': there is none.");
        return Task.CompletedTask;
    }
}
