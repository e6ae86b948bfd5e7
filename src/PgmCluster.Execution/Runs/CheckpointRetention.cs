using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;

namespace PgmCluster.Execution.Runs;

/// <summary>Which checkpoints a run keeps: the owner's record of them and the files follow this one rule.</summary>
public static class CheckpointRetention
{
    /// <summary>One to go on from, and two in case the newest is torn.</summary>
    public const int Kept = 3;

    /// <summary>Takes a checkpoint in: one a step, of which the newest generation's, and the highest steps.</summary>
    /// <param name="recorded">Those so far.</param>
    /// <param name="added">Written just now, and kept in any case: those with higher steps may be damaged.</param>
    /// <returns>Highest step first, at most <see cref="Kept"/>.</returns>
    public static IReadOnlyList<CheckpointRecord> Add(IEnumerable<CheckpointRecord> recorded, CheckpointRecord added)
    {
        var others = recorded.Where(r => r.Step != added.Step || r.Generation > added.Generation).ToList();
        if (others.Any(r => r.Step == added.Step)) return Newest(others, Kept);
        return Newest([.. Newest(others, Kept - 1), added], Kept);
    }

    /// <summary>
    /// Deletes the files of a run's checkpoints that are older than all that are kept. Whoever calls may not know of every checkpoint, so
    /// nothing newer is touched, be it unknown or unfinished.
    /// </summary>
    /// <param name="store">Where they are.</param>
    /// <param name="runId">The run.</param>
    /// <param name="kept">What the caller knows to be recorded.</param>
    public static void DeleteOlder(IArtifactStore store, string runId, IReadOnlyCollection<CheckpointRecord> kept)
    {
        if (kept.Count < Kept) return;
        var oldest = kept.Min(k => k.Step);
        // Manifests first: a half-deleted checkpoint must not look like a whole one.
        var names = store.List(RunFiles.Checkpoints(runId)).Select(a => a.Name)
            .OrderByDescending(n => n.EndsWith("manifest.json", StringComparison.Ordinal));
        foreach (var name in names.ToArray())
        {
            if (RunFiles.CheckpointStep(runId, name) < oldest) store.Delete(name);
        }
    }

    private static IReadOnlyList<CheckpointRecord> Newest(IEnumerable<CheckpointRecord> records, int count) =>
        [.. records.OrderByDescending(r => r.Step).ThenByDescending(r => r.Generation).Take(count)];
}
