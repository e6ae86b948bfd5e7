namespace PgmCluster.Data.Artifacts.Collection;

/// <summary>Whose the bytes of a store are.</summary>
public static class StoreUsage
{
    /// <summary>Folders in which each job has one of its own; what else there is (uploads, manifests of datasets) is nobody's.</summary>
    private static readonly HashSet<string> s_ofJobs = new(StringComparer.Ordinal)
    {
        "runs", "tokens", "samples", "evaluations", "statistics", "pulls",
    };

    /// <summary>
    /// The job in whose folder an artifact lies, as in <c>runs/JOB/weights.safetensors</c>; null where it lies in none. It says whose the
    /// artifact is whoever uses it, and as long as there is that job.
    /// </summary>
    /// <param name="artifact">The artifact's name.</param>
    public static string? JobOf(string artifact) =>
        artifact.Split('/', 3) is [var folder, var job, _] && s_ofJobs.Contains(folder) ? job : null;

    /// <summary>Lists the store and adds up.</summary>
    /// <param name="store">The store. Unfinished writes are not among what it lists.</param>
    /// <param name="users">The user of each job that there is; empty for those who gave no name.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>User and bytes of each job that has any, and bytes of what is nobody's: in no job's folder, or in that of a job that is gone.</returns>
    public static async Task<(Dictionary<string, (string User, long Bytes)> Jobs, long Nobodys)> CountAsync(
        IArtifactStore store, IReadOnlyDictionary<string, string> users, CancellationToken ct)
    {
        var (jobs, nobodys) = (new Dictionary<string, (string User, long Bytes)>(StringComparer.Ordinal), 0L);
        await foreach (var found in store.ListAsync("", ct))
        {
            if (JobOf(found.Name) is { } job && users.TryGetValue(job, out var user))
                jobs[job] = (user, jobs.GetValueOrDefault(job).Bytes + found.Size);
            else nobodys += found.Size;
        }
        return (jobs, nobodys);
    }

    /// <summary>The same by user.</summary>
    public static Dictionary<string, long> ByUser(IReadOnlyDictionary<string, (string User, long Bytes)> jobs) =>
        jobs.Values.GroupBy(j => j.User, j => j.Bytes).ToDictionary(u => u.Key, u => u.Sum());
}
