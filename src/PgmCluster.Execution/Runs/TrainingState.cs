using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Runs;

/// <summary>Everything a step changes: weights, buffers, moments, averages, and how many steps are done.</summary>
public sealed class TrainingState : IDisposable
{
    public TrainingState(nn.Module model, TrainingSettings settings, NumericsSettings numerics)
    {
        Weights = StateDict.Of(model);
        Parameters = new FlatParameters(Weights);
        Optimizer = new AdamW(
            Parameters, new AdamWSettings { Beta1 = settings.Beta1, Beta2 = settings.Beta2, WeightDecay = settings.WeightDecay },
            numerics.UsesFusedOptimizer);
        Average = settings.EmaDecay > 0 ? new WeightAverage(Parameters, settings.EmaDecay) : null;
    }

    public StateDict Weights { get; }

    public FlatParameters Parameters { get; }

    public AdamW Optimizer { get; }

    /// <summary>Null without averaging.</summary>
    public WeightAverage? Average { get; }

    /// <summary>Steps done.</summary>
    public long Step { get; set; }

    /// <summary>Views of a flat tensor under the parameters' names.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Named(Tensor flat)
    {
        for (var i = 0; i < Parameters.Places.Count; i++) yield return (Parameters.Places[i].Name, Parameters.View(flat, i));
    }

    /// <summary>All tensors that steps change, each once, in a fixed order: flat weights, moments, averages, then buffers.</summary>
    public IEnumerable<Tensor> Everything()
    {
        yield return Parameters.Values;
        yield return Optimizer.FirstMoment;
        yield return Optimizer.SecondMoment;
        if (Average is not null) yield return Average.Values;
        foreach (var entry in Weights.Entries)
        {
            if (!entry.IsParameter && entry.TiedTo is null) yield return entry.Tensor;
        }
    }

    /// <summary>SHA-256 over the moments, first then second, each in state-dict order.</summary>
    public string OptimizerSha256()
    {
        using var scope = NewDisposeScope();
        return StateDict.Sha256(Named(Optimizer.FirstMoment).Select(n => ("exp_avg." + n.Name, n.Tensor))
            .Concat(Named(Optimizer.SecondMoment).Select(n => ("exp_avg_sq." + n.Name, n.Tensor))));
    }

    /// <summary>The averaged weights as a state dict (buffers as they are); null without averaging.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)>? AveragedWeights()
    {
        if (Average is null) return null;
        var averages = Named(Average.Values).ToDictionary(n => n.Name, n => n.Tensor, StringComparer.Ordinal);
        return [.. Weights.Entries.Select(e => (e.Name, averages.GetValueOrDefault(e.TiedTo ?? e.Name) ?? e.Tensor))];
    }

    public void Dispose()
    {
        Average?.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
    }
}
