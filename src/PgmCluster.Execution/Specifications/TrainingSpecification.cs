using System.Text.Json.Nodes;

namespace PgmCluster.Execution.Specifications;

/// <summary>All that decides a training run's numbers beside the data itself. Stored with the run, hashed, and written into its files.</summary>
public sealed record TrainingSpecification
{
    /// <summary>"tokenizer", "classifier", "pgm" or "maskgit".</summary>
    public required string Kind { get; init; }

    /// <summary>The preset it came from.</summary>
    public required string Preset { get; init; }

    /// <summary>Decides initial weights, data order and every draw.</summary>
    public required long Seed { get; init; }

    /// <summary>What is fed to the model.</summary>
    public required DataSettings Data { get; init; }

    /// <summary>The model's settings; which record it is follows from <see cref="Kind"/>.</summary>
    public required JsonObject Model { get; init; }

    public required TrainingSettings Training { get; init; }

    public required NumericsSettings Numerics { get; init; }
}
