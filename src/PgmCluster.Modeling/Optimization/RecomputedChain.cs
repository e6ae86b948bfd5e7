using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>
/// A chain of blocks that keeps each block's input only and computes the block again in the backward pass (activation checkpointing, arXiv
/// 1604.06174). Gradients have the bits of the plain chain, since every block is a pure function: its dropout comes from a stream of its own.
/// </summary>
public sealed class RecomputedChain
{
    private readonly List<(Tensor Input, Func<Tensor, Tensor> Block)> _blocks = [];

    /// <summary>Computes a block without a graph.</summary>
    /// <param name="x">The block's input, which stays with the enclosing dispose scope to the end.</param>
    /// <param name="block">A pure function of its argument and of leaves that live until <see cref="Backward"/> has run.</param>
    public Tensor Forward(Tensor x, Func<Tensor, Tensor> block)
    {
        using var _ = no_grad();
        _blocks.Add((x, block));
        return block(x);
    }

    /// <summary>Goes backward through all blocks, the last first, adding to the gradients of their leaves and parameters.</summary>
    /// <param name="gradient">Of the last block's output.</param>
    /// <returns>The gradient of the first block's input.</returns>
    public Tensor Backward(Tensor gradient)
    {
        for (var i = _blocks.Count - 1; i >= 0; i--)
        {
            using var scope = NewDisposeScope();
            var (input, block) = _blocks[i];
            var leaf = input.detach().requires_grad_();
            block(leaf).backward([gradient]);
            gradient = leaf.grad!.MoveToOuterDisposeScope();
        }
        return gradient;
    }
}
