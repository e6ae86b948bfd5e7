namespace PgmCluster.Grains.Artifacts;

/// <summary>A stored record.</summary>
/// <param name="Kind">Of its owner, such as "training-run".</param>
/// <param name="Key">The owner's name; of a job's unit JOB/UNIT.</param>
/// <param name="Json">The record.</param>
public sealed record StoredRecord(string Kind, string Key, string Json)
{
    /// <summary>Whose it is: a unit's is its job's.</summary>
    public string Owner => Key.Split('/')[0];
}
