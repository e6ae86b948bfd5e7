using System.Text.Json;
using PgmCluster.Contracts.Artifacts;
using PgmCluster.Contracts.Errors;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Collection;
using PgmCluster.Execution.Runs;

namespace PgmCluster.Grains.Artifacts;

/// <summary>The artifacts that a stored record names.</summary>
internal static class RecordUses
{
    /// <summary>Alone says which checkpoints there are: queued work and gangs name those of when they were made.</summary>
    private const string TrainingRun = "training-run";

    /// <summary>Each once.</summary>
    /// <exception cref="PgmException">It cannot be read.</exception>
    public static IReadOnlyList<ArtifactInfo> Of(StoredRecord record)
    {
        try
        {
            return
            [
                .. ReferenceScan.In(record.Json).Distinct().Where(a => record.Kind == TrainingRun || !RunFiles.IsCheckpoint(a.Name)),
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
