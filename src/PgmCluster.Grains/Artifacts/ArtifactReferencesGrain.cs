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

    public Task<StoredReferences> Read() => Task.Run(async () =>
    {
        var (uses, jobs) = (new List<ArtifactUse>(), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var record in await records.ReadAsync(CancellationToken.None))
        {
            // Units of a job are named JOB/UNIT.
            jobs.Add(record.Key.Split('/')[0]);
            try
            {
                uses.AddRange(ReferenceScan.In(record.Json).Distinct()
                    .Where(a => record.Kind == TrainingRun || !RunFiles.IsCheckpoint(a.Name))
                    .Select(a => new ArtifactUse(a.ToReference(), $"{record.Kind} {record.Key}")));
            }
            catch (JsonException e)
            {
                throw new PgmException(
                    $"Reading what {record.Kind} '{record.Key}' refers to: its record is no JSON ({e.Message.ReplaceLineEndings(" ")}). "
                    + "Nothing can be collected until it is repaired or removed.", e);
            }
        }
        return new StoredReferences(uses, [.. jobs], await records.ReadArtifactIdAsync(CancellationToken.None));
    });
}
