using System.Globalization;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Optimization;

namespace PgmCluster.Execution.Models;

/// <summary>
/// What a training run takes on one device, before it begins: exact for what belongs to the parameters, counted by the tensors that a
/// backward pass
/// needs for the activations. All in bytes, as in float32: bfloat16 takes less.
/// </summary>
public sealed record MemoryEstimate
{
    private const int Float = 4;

    /// <summary>P, elements of all parameters.</summary>
    public required long Parameters { get; init; }

    public required long Weights { get; init; }

    /// <summary>One for each lane.</summary>
    public required long Gradients { get; init; }

    /// <summary>Both of AdamW's, and its scratch where it is the managed one.</summary>
    public required long Moments { get; init; }

    /// <summary>The averaged weights.</summary>
    public required long Averages { get; init; }

    /// <summary>
    /// Sums over micro-batches that wait for their sibling; and what the devices of a gang that exchanges by NCCL in the canonical order
    /// receive of each other, which is less where there are few.
    /// </summary>
    public required long Tree { get; init; }

    /// <summary>What one micro-batch keeps for its backward pass and what comes and goes beside it, in each lane.</summary>
    public required long Activations { get; init; }

    public long Total => State + Activations;

    /// <summary>What is there all the time, whatever the batch: without it nothing can be trained.</summary>
    internal long State => Weights + Gradients + Moments + Averages + Tree;

    /// <param name="specification">A run's.</param>
    /// <param name="lanes">Micro-batches at a time: cores on a CPU, 1 on a GPU.</param>
    public static MemoryEstimate Of(TrainingSpecification specification, int lanes = 1)
    {
        var t = specification.Training;
        var footprint = ModelKinds.Get(specification.Kind).Footprint(specification);
        var bytes = footprint.Parameters * Float;
        var waiting = Math.Max(1, int.Log2(Math.Max(1, t.MicroBatches / lanes)));
        return new MemoryEstimate
        {
            Parameters = footprint.Parameters,
            Weights = bytes,
            Gradients = bytes * lanes,
            Moments = bytes * (specification.Numerics.UsesFusedOptimizer ? 2 : 3),
            Averages = t.EmaDecay > 0 ? bytes : 0,
            Tree = (bytes * waiting * lanes)
                + (t is { UsesNccl: true, AddsInOrder: true } ? (long)(bytes * LeafRanges.ReceivedAtMost(t.MicroBatches)) : 0),
            Activations = (footprint.Kept + footprint.Passing) * Float * lanes,
        };
    }

    /// <summary>One line, in GB (10^9 bytes).</summary>
    public override string ToString()
    {
        return $"{Gigabytes(Total)} GB: weights {Gigabytes(Weights)}, gradients {Gigabytes(Gradients)}, "
            + $"moments {Gigabytes(Moments)}, averages {Gigabytes(Averages)}, "
            + $"sums over micro-batches {Gigabytes(Tree)}, activations {Gigabytes(Activations)}";
    }

    internal static string Gigabytes(long bytes) => (bytes / 1e9).ToString(bytes < 1e9 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    /// <summary>Which settings lower a run's activations, as advice.</summary>
    public static string Remedy(TrainingSpecification specification) =>
        ModelKinds.Get(specification.Kind).NeedsTokens && !specification.Training.Recompute
            ? "Set training.recompute=true in a new run (same bits, less memory), or more training.microBatches"
            : "Set more training.microBatches in a new run, or a smaller training.batchSize";
}
