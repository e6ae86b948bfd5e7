using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>Initial weights as a pure function of the seed and the tensor's place in the state dict.</summary>
public static class WeightInitialization
{
    /// <summary>How a tensor begins.</summary>
    public enum Start
    {
        Zero,
        One,

        /// <summary>Normal with standard deviation 0.02: small enough that the residual stream begins near the blocks' output.</summary>
        SmallNormal,

        /// <summary>Normal with standard deviation 1.</summary>
        UnitNormal,

        /// <summary>Uniform with variance 1/fan-in: keeps activations' variance through linear layers and convolutions.</summary>
        FanIn,

        /// <summary>Uniform with variance 2/fan-in, for layers followed by ReLU, which halves the variance.</summary>
        FanInRelu,

        /// <summary>Uniform with variance 2/(fan-in + fan-out), for the two dimensions of a linear and a convolution's channels times its window.</summary>
        Xavier,
    }

    /// <param name="state">The model.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="start">How the tensor of a name begins; null leaves it alone.</param>
    public static void Apply(StateDict state, long seed, Func<string, Tensor, Start?> start)
    {
        using var _ = no_grad();
        for (var i = 0; i < state.Entries.Count; i++)
        {
            using var scope = NewDisposeScope();
            var (name, tensor, isParameter) = state.Entries[i];
            if (!isParameter || start(name, tensor) is not { } how) continue;
            using var generator = DerivedSeed.Generator(seed, RandomPurpose.Weights, i);
            var fanIn = tensor.shape.Length > 1 ? tensor.numel() / tensor.shape[0] : tensor.numel();
            switch (how)
            {
                case Start.Zero: tensor.zero_(); break;
                case Start.One: tensor.fill_(1); break;
                case Start.SmallNormal: tensor.copy_(randn(tensor.shape, dtype: float32, generator: generator) * 0.02); break;
                case Start.UnitNormal: tensor.copy_(randn(tensor.shape, dtype: float32, generator: generator)); break;
                default:
                    var bound = Math.Sqrt(how switch
                    {
                        Start.FanInRelu => 6.0 / fanIn,
                        Start.Xavier => 6.0 / (fanIn + (double)tensor.numel() / tensor.shape[1]),
                        _ => 3.0 / fanIn,
                    });
                    tensor.copy_(rand(tensor.shape, dtype: float32, generator: generator) * (2 * bound) - bound);
                    break;
            }
        }
    }
}
