namespace PgmCluster.Contracts.Datasets;

/// <summary>What became of a request to register a dataset.</summary>
/// <param name="Dataset">What is registered, where that was done at once; else null.</param>
/// <param name="Job">The job that reads the source; null where there is none.</param>
[GenerateSerializer, Immutable, Alias("pgm.RegistrationStart")]
public sealed record RegistrationStart([property: Id(0)] DatasetInfo? Dataset, [property: Id(1)] string? Job);
