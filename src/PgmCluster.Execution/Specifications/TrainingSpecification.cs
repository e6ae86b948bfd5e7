using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PgmCluster.Modeling.BlockCausal;

namespace PgmCluster.Execution.Specifications;

/// <summary>
/// All that decides a training run's numbers beside the data itself. Stored with the run, hashed, and written into its files.
/// </summary>
public sealed record TrainingSpecification
{
    /// <summary>"tokenizer", "classifier", "pgm", "pgm-once" or "maskgit".</summary>
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

    /// <summary>In which orders tokens are revealed in training; of kind "pgm-once" only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RevealOrders? Orders { get; init; }

    /// <summary>Every problem of the settings that all kinds have, one line each with the full key.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var problem in Training.Problems()) yield return "training." + problem;
        foreach (var problem in Numerics.Problems()) yield return "numerics." + problem;
        if (!Training.AddsInOrder && Numerics.Exactness != "relaxed")
            yield return "training.exchange = nccl: "
                + $"its bits are not reproducible, and numerics.exactness = {Numerics.Exactness} asks that they are. "
                + "Set numerics.exactness=relaxed too, or training.exchange to exact or exact-nccl.";
    }
}
