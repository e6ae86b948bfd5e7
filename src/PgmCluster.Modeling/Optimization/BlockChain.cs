using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>
/// A chain of blocks that go backward one by one. With recomputation it keeps each block's input only and computes the block again in the
/// backward
/// pass (activation checkpointing, arXiv 1604.06174). Gradients have the bits of one graph of all blocks either way, since every block is
/// a pure
/// function: its dropout comes from a stream of its own.
/// </summary>
/// <param name="recompute">Keep no block's graph.</param>
internal sealed class BlockChain(bool recompute)
{
    private readonly List<(Tensor Input, Func<Tensor, BlockGraph> Block, BlockGraph? Graph)> _blocks = [];

    /// <summary>Computes a block that is one graph.</summary>
    public Tensor Forward(Tensor x, Func<Tensor, Tensor> block) => Forward(x, input => BlockGraph.Of(block(input)));

    /// <summary>Computes a block.</summary>
    /// <param name="x">The block's input, which stays with the enclosing dispose scope to the end.</param>
    /// <param name="block">A pure function of its argument and of leaves that live until <see cref="Backward"/> has run.</param>
    /// <returns>Its output; no gradient goes from it into the block but through <see cref="Backward"/>.</returns>
    public Tensor Forward(Tensor x, Func<Tensor, BlockGraph> block)
    {
        if (!recompute)
        {
            var leaf = BlockGraph.Leaf(x);
            _blocks.Add((leaf, block, block(leaf)));
            return _blocks[^1].Graph!.Output;
        }
        using var _ = no_grad();
        _blocks.Add((x, block, null));
        using var forgotten = block(x);
        return forgotten.Output;
    }

    /// <summary>Goes backward through all blocks, the last first, adding to the gradients of their leaves and parameters.</summary>
    /// <param name="gradient">Of the last block's output.</param>
    /// <returns>The gradient of the first block's input.</returns>
    public Tensor Backward(Tensor gradient)
    {
        for (var i = _blocks.Count - 1; i >= 0; i--)
        {
            using var scope = NewDisposeScope();
            var (input, block, kept) = _blocks[i];
            var leaf = kept is null ? BlockGraph.Leaf(input) : input;
            using var graph = kept ?? block(leaf);
            graph.Backward(gradient);
            var ofInput = leaf.grad!.MoveToOuterDisposeScope();
            // What earlier blocks no longer need; the first input and the last gradient are the caller's.
            if (i < _blocks.Count - 1) gradient.Dispose();
            if (i > 0) input.Dispose();
            if (kept is not null) graph.Output.Dispose();
            gradient = ofInput;
        }
        return gradient;
    }
}
