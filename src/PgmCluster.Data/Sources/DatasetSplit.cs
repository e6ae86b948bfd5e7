namespace PgmCluster.Data.Sources;

/// <summary>A run of consecutive pictures of a source.</summary>
/// <param name="Name">Such as <c>train</c>.</param>
/// <param name="Start">The index of its first picture.</param>
/// <param name="Count">How many it has.</param>
public sealed record DatasetSplit(string Name, int Start, int Count);
