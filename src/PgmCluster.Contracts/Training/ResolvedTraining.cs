namespace PgmCluster.Contracts.Training;

/// <summary>What a request resolves to before anything is started.</summary>
/// <param name="Kind">"tokenizer", "classifier", "pgm", "pgm-once" or "maskgit".</param>
/// <param name="Specification">The complete specification as JSON: preset, overrides, what the data say, and every default.</param>
/// <param name="Sha256">SHA-256 of <paramref name="Specification"/>, lower-case hex.</param>
/// <param name="Reproducible">False where the same run would give other bits each time.</param>
[GenerateSerializer, Immutable, Alias("pgm.ResolvedTraining")]
public sealed record ResolvedTraining(
    [property: Id(0)] string Kind, [property: Id(1)] string Specification, [property: Id(2)] string Sha256,
    [property: Id(3)] bool Reproducible);
