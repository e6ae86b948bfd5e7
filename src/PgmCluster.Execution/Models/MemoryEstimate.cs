using System.Globalization;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;

namespace PgmCluster.Execution.Models;

/// <summary>
/// What a training run of a generative model takes on one device, before it begins: exact for what belongs to the parameters, counted by the tensors
/// that a backward pass needs for the activations. All in bytes.
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

    /// <summary>Sums over micro-batches that wait for their sibling.</summary>
    public required long Tree { get; init; }

    /// <summary>What one micro-batch keeps for its backward pass, in each lane.</summary>
    public required long Activations { get; init; }

    public long Total => Weights + Gradients + Moments + Averages + Tree + Activations;

    /// <param name="specification">A run's.</param>
    /// <param name="lanes">Micro-batches at a time: cores on a CPU, 1 on a GPU.</param>
    /// <returns>Null for tokenizers and classifiers, which are small beside their pictures.</returns>
    public static MemoryEstimate? Of(TrainingSpecification specification, int lanes = 1)
    {
        var t = specification.Training;
        if (Sizes(specification) is not var (parameters, perMicroBatch)) return null;
        var bytes = parameters * Float;
        var waiting = Math.Max(1, int.Log2(Math.Max(1, t.MicroBatches / lanes)));
        return new MemoryEstimate
        {
            Parameters = parameters,
            Weights = bytes,
            Gradients = bytes * lanes,
            Moments = bytes * (specification.Numerics.UsesFusedOptimizer ? 2 : 3),
            Averages = t.EmaDecay > 0 ? bytes : 0,
            Tree = bytes * waiting * lanes,
            Activations = perMicroBatch * Float * lanes,
        };
    }

    /// <summary>One line, in GB (10^9 bytes).</summary>
    public override string ToString()
    {
        static string Gigabytes(long bytes) => (bytes / 1e9).ToString(bytes < 1e9 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
        return $"{Gigabytes(Total)} GB: weights {Gigabytes(Weights)}, gradients {Gigabytes(Gradients)}, moments {Gigabytes(Moments)}, averages {Gigabytes(Averages)}, "
            + $"sums over micro-batches {Gigabytes(Tree)}, activations {Gigabytes(Activations)}";
    }

    /// <summary>The failure with what was expected, what was reached and which setting helps, where memory ran out; otherwise null.</summary>
    public static OutOfMemoryException? Explain(Exception e, TrainingSpecification specification, int lanes)
    {
        var isOutOfMemory = e is OutOfMemoryException || e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("can't allocate memory", StringComparison.Ordinal);
        if (!isOutOfMemory) return null;
        var t = specification.Training;
        var helps = specification.Kind is "pgm" or "maskgit" && !t.Recompute
            ? "Set training.recompute=true in a new run (same bits, less memory), or more training.microBatches"
            : "Set more training.microBatches in a new run, or a smaller training.batchSize";
        var expected = Of(specification, lanes) is { } estimate ? $" The estimate was {estimate};" : "";
        var peak = PeakMemory.Megabytes() / 1000;
        return new OutOfMemoryException(string.Create(CultureInfo.InvariantCulture,
            $"Training with {t.BatchSize / t.MicroBatches} examples a micro-batch: {e.Message.ReplaceLineEndings(" ")}{expected} the process held up to {peak:0.0} GB. {helps}."), e);
    }

    /// <summary>Elements of the parameters, and of the tensors that a micro-batch keeps.</summary>
    private static (long Parameters, long Activations)? Sizes(TrainingSpecification specification)
    {
        var t = specification.Training;
        long batch = t.BatchSize / t.MicroBatches;
        switch (specification.Kind)
        {
            case "pgm":
                var pgm = SpecificationJson.Read<PartitionTransformerSettings>(specification.Model);
                return (ModelSizes.Parameters(pgm), batch * ModelSizes.Activations(pgm, t.Recompute) + Logits(batch * pgm.Tokens, pgm.Vocabulary));
            case "maskgit":
                var maskGit = SpecificationJson.Read<MaskGitSettings>(specification.Model);
                return (ModelSizes.Parameters(maskGit), batch * ModelSizes.Activations(maskGit, t.Recompute) + Logits(batch * maskGit.Tokens, maskGit.Vocabulary));
            default:
                return null;
        }
    }

    /// <summary>Logits, their log-softmax and their gradient, for a block of positions.</summary>
    private static long Logits(long positions, long vocabulary) => 3 * Math.Min(positions * vocabulary, RowBlocks.ElementsOnCpu);
}
