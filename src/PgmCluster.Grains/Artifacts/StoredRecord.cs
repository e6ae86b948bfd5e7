namespace PgmCluster.Grains.Artifacts;

/// <summary>A stored record.</summary>
/// <param name="Kind">Of its owner, such as "training-run".</param>
/// <param name="Key">The owner's name.</param>
/// <param name="Json">The record.</param>
public sealed record StoredRecord(string Kind, string Key, string Json);
