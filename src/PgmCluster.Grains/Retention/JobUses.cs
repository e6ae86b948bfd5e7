using System.Text.Json;
using PgmCluster.Data.Artifacts.Collection;
using PgmCluster.Grains.Artifacts;

namespace PgmCluster.Grains.Retention;

/// <summary>What refers to a job's files.</summary>
internal static class JobUses
{
    /// <summary>Of datasets, whose names are no ids of jobs.</summary>
    private const string Dataset = "dataset";

    /// <summary>Records of others that name a file of a job, in words such as "training-run 'r1' (tokens/t/index.json)".</summary>
    /// <param name="records">All there are.</param>
    /// <param name="job">The job's id: its files lie in folders of that name (<c>runs/ID/...</c>).</param>
    /// <exception cref="JsonException">A record cannot be read, so that nobody knows what it names.</exception>
    public static List<string> Of(IReadOnlyList<StoredRecord> records, string job)
    {
        var uses = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            if (record.Owner == job && record.Kind != Dataset || !record.Json.Contains($"/{job}/", StringComparison.Ordinal)) continue;
            if (ReferenceScan.In(record.Json).FirstOrDefault(a => JobOf(a.Name) == job) is { } named)
                uses.Add($"{record.Kind} '{record.Owner}' ({named.Name})");
        }
        return [.. uses];
    }

    private static string? JobOf(string artifact) => artifact.Split('/') is { Length: > 2 } segments ? segments[1] : null;
}
