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

    public async IAsyncEnumerable<IReadOnlyList<JobVerdict>> DeleteMany(
        JobSelection selection, bool dryRun, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        cluster.Log.Add(
            $"delete {selection.Kind} {selection.Phase} {selection.OlderThan?.TotalDays} {selection.KeepNewest}{(dryRun ? " dry" : "")}");
        yield return [];
        foreach (var job in cluster.Jobs.Where(j => j.AtRest).ToList())
        {
            await Task.Yield();
            var stays = cluster.Refusals.TryGetValue(job.Name, out var refusal) ? refusal.Message : null;
            if (stays is null && !dryRun) cluster.Jobs.Remove(job);
            yield return [new JobVerdict { Id = job.Name, Kind = job.JobKind, Stays = stays }];
        }
    }

    public Task Keep(string id, bool keep)
    {
        var index = cluster.Jobs.FindIndex(j => j.Name == id);
        cluster.Jobs[index] = cluster.Jobs[index] with { Kept = keep };
        return Task.CompletedTask;
    }
}
