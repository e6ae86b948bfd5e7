using System.Text.Json.Serialization;

namespace PgmCluster.Cli.Study.Jobs;

/// <summary>A job that is done, as its file has it.</summary>
/// <param name="Settings">The job's.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Elsewhere">Where it was done; null for here.</param>
internal sealed record StudyRecord<T>(
    string Settings, T Outcome,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StudyElsewhere? Elsewhere = null)
{
    /// <summary>False for what was only taken over: others can be compared with its outcome, but its product is not in this home.</summary>
    [JsonIgnore]
    public bool IsHere => Elsewhere is null or { AlsoHere: true };
}
