using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Weights;

/// <summary>Initial weights as a pure function of the seed and the tensor's place in the state dict.</summary>
public static class WeightInitialization
{
    /// <summary>Fills a model's parameters; buffers stay as they are.</summary>
    /// <param name="state">The model.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="start">How the parameter of a name begins; null leaves it alone.</param>
    public static void Apply(StateDict state, long seed, Func<string, Tensor, InitialWeight?> start)
    {
        using var _ = no_grad();
        for (var i = 0; i < state.Entries.Count; i++)
        {
            using var scope = NewDisposeScope();
            var (name, tensor, isParameter) = state.Entries[i];
            if (!isParameter || start(name, tensor) is not { } how) continue;
            var draws = RandomStream.Of(seed, RandomPurpose.Weights, i);
            var fanIn = tensor.shape.Length > 1 ? tensor.numel() / tensor.shape[0] : tensor.numel();
            switch (how)
            {
                case InitialWeight.Zero: tensor.zero_(); break;
                case InitialWeight.One: tensor.fill_(1); break;
                case InitialWeight.SmallNormal: tensor.copy_(draws.Normal(tensor.shape) * 0.02); break;
                case InitialWeight.UnitNormal: tensor.copy_(draws.Normal(tensor.shape)); break;
                default:
                    var bound = Math.Sqrt(how switch
                    {
                        InitialWeight.FanInRelu => 6.0 / fanIn,
                        InitialWeight.Xavier => 6.0 / (fanIn + (double)tensor.numel() / tensor.shape[1]),
                        _ => 3.0 / fanIn,
                    });
                    tensor.copy_(draws.Uniform(CPU, tensor.shape) * (2 * bound) - bound);
                    break;
            }
        }
    }
}
