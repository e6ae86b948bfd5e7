using System.Text.Json;
using PgmCluster.Data.Artifacts.Collection;
using PgmCluster.Grains.Artifacts;

namespace PgmCluster.Grains.Retention;

/// <summary>What refers to the files of jobs: they lie in folders of the job's id (<c>runs/ID/...</c>).</summary>
internal sealed class JobUses
{
    /// <summary>In a message.</summary>
    private const int MostNamed = 5;

    /// <summary>Of datasets, whose names are no ids of jobs.</summary>
    private const string Dataset = "dataset";

    private readonly Dictionary<string, UsesOfOne> _uses;

    private JobUses(IEnumerable<string> jobs) => _uses = jobs.ToDictionary(j => j, _ => new UsesOfOne([], []));

    /// <summary>Records of others that name a file of a job.</summary>
    /// <param name="records">All there are.</param>
    /// <param name="jobs">The ids of the jobs, which are to be deleted together.</param>
    /// <exception cref="JsonException">A record cannot be read, so that nobody knows what it names.</exception>
    public static async Task<JobUses> Of(IAsyncEnumerable<StoredRecord> records, IReadOnlyList<string> jobs)
    {
        var found = new JobUses(jobs);
        await foreach (var record in records)
        {
            // Of one job few records hold its name; of many, all are looked at.
            if (jobs is [var one] && !record.Json.Contains($"/{one}/", StringComparison.Ordinal)) continue;
            foreach (var artifact in ReferenceScan.In(record.Json)) found.Add(record, artifact.Name);
        }
        return found;
    }

    /// <summary>Who else uses a job's files, in words such as "training-run 'r1' (tokens/t/index.json)"; null for nobody.</summary>
    /// <param name="job">The job.</param>
    /// <param name="gone">Jobs that were deleted since.</param>
    public string? Text(string job, IReadOnlySet<string> gone)
    {
        var uses = _uses[job].ByJobs.Where(u => !gone.Contains(u.Key)).Select(u => u.Value)
            .Concat(_uses[job].ByOthers.Values).Order(StringComparer.Ordinal).ToList();
        if (uses.Count == 0) return null;
        return string.Join(", ", uses.Take(MostNamed)) + (uses.Count > MostNamed ? " and others" : "");
    }

    private void Add(StoredRecord record, string artifact)
    {
        if (JobOf(artifact) is not { } job || !_uses.TryGetValue(job, out var uses)) return;
        var text = $"{record.Kind} '{record.Owner}' ({artifact})";
        if (record.Kind == Dataset || !_uses.ContainsKey(record.Owner))
        {
            // They stay: a few say enough, though there may be a million of them.
            if (uses.ByOthers.Count <= MostNamed) uses.ByOthers.TryAdd($"{record.Kind} {record.Owner}", text);
        }
        else if (record.Owner != job)
        {
            uses.ByJobs.TryAdd(record.Owner, text);
        }
    }

    private static string? JobOf(string artifact) => artifact.Split('/') is { Length: > 2 } segments ? segments[1] : null;

    /// <param name="ByJobs">By jobs that are to be deleted as well.</param>
    /// <param name="ByOthers">By some of those that stay.</param>
    private sealed record UsesOfOne(Dictionary<string, string> ByJobs, Dictionary<string, string> ByOthers);
}
