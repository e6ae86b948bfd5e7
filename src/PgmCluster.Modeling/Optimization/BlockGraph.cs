using PgmCluster.Modeling.Kernels;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>A block as it was computed in training, with its way back.</summary>
/// <param name="output">What it gave.</param>
/// <param name="backward">From the output's gradient to those of the block's leaves and parameters, to which they are added. Once at
/// most.</param>
/// <param name="kept">What the way back needs, in the enclosing dispose scope.</param>
internal sealed class BlockGraph(Tensor output, Action<Tensor> backward, params Tensor[] kept) : IDisposable
{
    public Tensor Output => output;

    /// <summary>A block that is one graph.</summary>
    public static BlockGraph Of(Tensor output) => new(output, gradient => output.backward([gradient]));

    /// <summary>The same values, at which a graph begins.</summary>
    public static Tensor Leaf(Tensor x) => x.detach().requires_grad_();

    public void Backward(Tensor gradient)
    {
        backward(gradient);
        VectorKernels.LetGo();
    }

    /// <summary>Lets go of everything but the output.</summary>
    public void Dispose()
    {
        foreach (var tensor in kept) tensor.Dispose();
    }
}
