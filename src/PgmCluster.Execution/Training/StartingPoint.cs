using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>A run that goes on from somebody else's checkpoint.</summary>
public static class StartingPoint
{
    /// <summary>Fills the state: weights, and averages, moments and step where the file has them.</summary>
    /// <param name="store">Where the file is.</param>
    /// <param name="file">A checkpoint of the public code, of PyTorch or safetensors, or of a run.</param>
    /// <param name="weights">
    /// Which of several models in the file, as <see cref="ReferenceCheckpoint.Open(string, string)"/> takes it; null for the usual one.
    /// </param>
    /// <param name="kind">What the run trains.</param>
    /// <param name="state">Of the run's model, fresh.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="BadInputException">The file does not fit the model; all differences are listed at once.</exception>
    /// <exception cref="DataCorruptException">The file is damaged, or not the one that the run was made with.</exception>
    public static void Load(
        IArtifactStore store, ArtifactInfo file, string? weights, string kind, TrainingState state,
        CancellationToken cancellation = default)
    {
        using var fetched = store.Fetch(file, cancellation);
        using var checkpoint = ReferenceCheckpoint.Open(fetched, weights);
        Require(checkpoint, kind);
        var fit = CheckpointFit.Of(checkpoint, state.Weights.Entries.Select(e => e.Name));
        WeightsFile.Load(state.Weights, fit.Model, checkpoint.Path);
        if (state.Average is { } average)
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            if (fit.Average.Count == 0) average.Values.copy_(state.Parameters.Values);
            var averaged = fit.Average.ToDictionary(t => t.Name, StringComparer.Ordinal);
            foreach (var (name, tensor) in state.Named(average.Values))
            {
                if (averaged.TryGetValue(name, out var given)) WeightsFile.ReadInto(tensor, given);
            }
        }
        if (checkpoint.Optimizer is not null) ReferenceOptimizer.Load(state, checkpoint);
    }

    /// <summary>Checks what a checkpoint says of itself.</summary>
    /// <param name="checkpoint">To begin with.</param>
    /// <param name="kind">What the run trains.</param>
    /// <exception cref="BadInputException">It has problems, or is of another kind of model.</exception>
    internal static void Require(ReferenceCheckpoint checkpoint, string kind)
    {
        if (checkpoint.Problems.Count > 0)
            throw new BadInputException(
                $"Beginning with {checkpoint.Path}: {string.Join("; ", checkpoint.Problems)}. Use a checkpoint without these.");
        if (checkpoint.Specification is { } written && SpecificationJson.Parse(written).Kind is var other && other != kind)
            throw new BadInputException(
                $"Beginning with {checkpoint.Path}: it holds a {other}, and the run trains a {kind}. "
                + $"Name a {kind}'s checkpoint, or a preset of kind {other}.");
    }
}
