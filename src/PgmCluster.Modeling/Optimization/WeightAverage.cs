using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>Exponential moving average of the weights: e = decay e + (1 - decay) w after each optimizer step, every tensor once.</summary>
public sealed class WeightAverage : IDisposable
{
    private readonly FlatParameters _parameters;
    private readonly double _decay;
    private readonly int[] _twice;

    /// <param name="parameters">What is averaged.</param>
    /// <param name="decay">Share of the old average that stays in a step.</param>
    /// <param name="twice">
    /// Names of parameters that are averaged twice a step: the public code does so with tied ones. None by default.
    /// </param>
    public WeightAverage(FlatParameters parameters, double decay, IReadOnlyCollection<string>? twice = null)
    {
        (_parameters, _decay) = (parameters, decay);
        _twice = [.. Enumerable.Range(0, parameters.Places.Count).Where(i => twice?.Contains(parameters.Places[i].Name) == true)];
        using var _ = no_grad();
        Values = parameters.Values.clone().DetachFromDisposeScope();
    }

    /// <summary>F32 [P].</summary>
    public Tensor Values { get; }

    public void Update()
    {
        Update(0, _parameters.Length);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var i in _twice) Average(_parameters.View(Values, i), _parameters.View(_parameters.Values, i));
    }

    /// <summary>Updates a part; parts may be done in any order and at the same time.</summary>
    /// <param name="first">First element.</param>
    /// <param name="count">Elements.</param>
    /// <param name="foundInf">F32 scalar: where it is 1 nothing changes; null for 0.</param>
    public void Update(long first, long count, Tensor? foundInf = null)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Average(Values.narrow(0, first, count), _parameters.Values.narrow(0, first, count), foundInf);
    }

    public void Dispose() => Values.Dispose();

    private void Average(Tensor average, Tensor weights, Tensor? foundInf = null)
    {
        var share = full([], 1 - _decay, dtype: float32, device: average.device);
        if (foundInf is not null) share.mul_(1 - foundInf);
        average.lerp_(weights, share);
    }
}
