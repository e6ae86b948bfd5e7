using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>Exponential moving average of the weights: e = decay e + (1 - decay) w after each optimizer step, every tensor once.</summary>
public sealed class WeightAverage : IDisposable
{
    private readonly FlatParameters _parameters;
    private readonly double _decay;

    public WeightAverage(FlatParameters parameters, double decay)
    {
        (_parameters, _decay) = (parameters, decay);
        using var _ = no_grad();
        Values = parameters.Values.clone().DetachFromDisposeScope();
    }

    /// <summary>F32 [P].</summary>
    public Tensor Values { get; }

    public void Update()
    {
        using var _ = no_grad();
        Values.mul_(_decay).add_(_parameters.Values, alpha: 1 - _decay);
    }

    public void Dispose() => Values.Dispose();
}
