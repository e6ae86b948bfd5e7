using System.Runtime.CompilerServices;
using System.Text.Json;
using PgmCluster.Contracts.Artifacts;
using PgmCluster.Contracts.Errors;
using PgmCluster.Data.Artifacts.Collection;
using PgmCluster.Execution.Runs;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Artifacts;

/// <inheritdoc cref="IArtifactReferencesGrain"/>
[PreferControlSilo]
public sealed class ArtifactReferencesGrain(IStoredRecords records) : Grain, IArtifactReferencesGrain
{
    /// <summary>Alone says which checkpoints there are: queued work and gangs name those of when they were made.</summary>
    private const string TrainingRun = "training-run";

    /// <summary>Of artifacts or names in a part: well below a megabyte, since several parts may go in one message.</summary>
    private const int PartSize = 1000;

    /// <summary>A client waits ten seconds for an answer.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<StoredReferences> Read([EnumeratorCancellation] CancellationToken cancellation)
    {
        var nothing = new StoredReferences([], [], await records.ReadArtifactIdAsync(cancellation));
        yield return nothing;
        // At once: what moves from one record to another meanwhile would be in neither of two readings.
        var reading = Task.Run(async () => Parts(await records.ReadAsync(cancellation)).ToList(), cancellation);
        while (await Task.WhenAny(reading, Task.Delay(Heartbeat, cancellation)) != reading)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return nothing;
        }
        foreach (var part in await reading) yield return part with { ArtifactId = nothing.ArtifactId };
    }

    private static IEnumerable<StoredReferences> Parts(IReadOnlyList<StoredRecord> stored)
    {
        foreach (var uses in stored.SelectMany(UsesOf).Chunk(PartSize)) yield return new StoredReferences(uses, []);
        // The files of a deleted job are nobody's.
        var owners = stored.Where(r => !DeletedJobs.IsMark(r.Json)).Select(r => r.Owner).Distinct(StringComparer.Ordinal);
        foreach (var jobs in owners.Chunk(PartSize)) yield return new StoredReferences([], jobs);
    }

    private static List<ArtifactUse> UsesOf(StoredRecord record)
    {
        try
        {
            return
            [
                .. ReferenceScan.In(record.Json).Distinct()
                    .Where(a => record.Kind == TrainingRun || !RunFiles.IsCheckpoint(a.Name))
                    .Select(a => new ArtifactUse(a.ToReference(), $"{record.Kind} {record.Key}")),
            ];
        }
        catch (JsonException e)
        {
            throw new PgmException(
                $"Reading what {record.Kind} '{record.Key}' refers to: its record is no JSON ({e.Message.ReplaceLineEndings(" ")}). "
                + "Nothing can be collected until it is repaired or removed.", e);
        }
    }
}
