using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Training;

/// <summary>A training run in full.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TrainingDetails")]
public sealed record TrainingDetails
{
    /// <summary>The run as a job.</summary>
    [Id(0)] public required JobStatus Status { get; init; }

    /// <summary>What was asked for first.</summary>
    [Id(1)] public required TrainingRequest Request { get; init; }

    /// <summary>"tokenizer", "classifier", "pgm", "pgm-once" or "maskgit".</summary>
    [Id(2)] public required string Kind { get; init; }

    /// <summary>The complete specification as JSON: preset, overrides and every default.</summary>
    [Id(3)] public required string Specification { get; init; }

    /// <summary>SHA-256 of <see cref="Specification"/>, lower-case hex.</summary>
    [Id(4)] public required string SpecificationSha256 { get; init; }

    /// <summary>The last step that a recorded checkpoint holds; 0 before the first.</summary>
    [Id(5)] public long DurableStep { get; init; }

    /// <summary>Set once the run is completed.</summary>
    [Id(6)] public TrainingResult? Result { get; init; }

    /// <summary>Of a run that may use several devices: the workers of its present gang by rank; empty where none has formed.</summary>
    [Id(7)] public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>Generation of that gang: how often one has formed in the run's life.</summary>
    [Id(8)] public long GangGeneration { get; init; }

    /// <summary>The last gangs of the run, oldest first.</summary>
    [Id(9)] public IReadOnlyList<GangFormation> Formations { get; init; } = [];
}
