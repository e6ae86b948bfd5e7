using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Runs;
using PgmCluster.Modeling.Optimization;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>
/// The end of a step: from the lanes' sums to the gradient and its norm, then clipping, optimizer and averages. Goes through memory in
/// blocks that fit a core's cache, spread over the lanes. The blocks do not depend on the number of lanes, so neither do the bits.
/// </summary>
/// <param name="state">What the step changes.</param>
/// <param name="lanes">Compute the blocks; not disposed here.</param>
internal sealed class WeightUpdate(TrainingState state, ComputeLanes lanes)
{
    /// <summary>Elements of a block: 256 KiB of each tensor.</summary>
    private const long Block = 16 * GradientNorm.Chunk;

    private readonly long _length = state.Parameters.Length;

    /// <summary>Joins the lanes' sums as far as siblings are among them.</summary>
    /// <param name="sums">In leaf order, F32 [P]; overwritten.</param>
    /// <returns>What is left, in leaf order.</returns>
    public IReadOnlyList<Tensor> Join(IReadOnlyList<(TreeNode Node, Tensor Sum)> sums)
    {
        var (additions, left) = TreeNode.Join([.. sums.Select(s => s.Node)]);
        if (additions.Count > 0)
        {
            ForBlocks((first, count) =>
            {
                foreach (var (into, from) in additions) sums[into].Sum.narrow(0, first, count).add_(sums[from].Sum.narrow(0, first, count));
            });
        }
        return [.. left.Select(l => sums[l.Place].Sum)];
    }

    /// <summary>Adds the lanes' sums up and writes the gradient.</summary>
    /// <param name="sums">In leaf order, F32 [P], together all leaves; overwritten.</param>
    /// <param name="scale">One over the number of micro-batches.</param>
    /// <returns>The gradient's norm.</returns>
    public double Reduce(IReadOnlyList<(TreeNode Node, Tensor Sum)> sums, double scale)
    {
        var (additions, left) = TreeNode.Join([.. sums.Select(s => s.Node)]);
        var chunkSums = new float[_length / GradientNorm.Chunk];
        ForBlocks((first, count) =>
        {
            var parts = sums.Select(s => s.Sum.narrow(0, first, count)).ToArray();
            foreach (var (into, from) in additions) parts[into].add_(parts[from]);
            ChunkSums(state.Parameters.Gradients.narrow(0, first, count).copy_(parts[left[0].Place]).mul_(scale), first, count, chunkSums);
        });
        return GradientNorm.Of(chunkSums);
    }

    /// <summary>The norm of a gradient that is complete already.</summary>
    public double Norm()
    {
        var chunkSums = new float[_length / GradientNorm.Chunk];
        ForBlocks((first, count) => ChunkSums(state.Parameters.Gradients.narrow(0, first, count), first, count, chunkSums));
        return GradientNorm.Of(chunkSums);
    }

    /// <summary>Applies the gradient.</summary>
    /// <param name="clipScale">From <see cref="GradientNorm.Scale"/>.</param>
    /// <param name="learningRate">Rate of the state's step.</param>
    public void Apply(double clipScale, double learningRate) => ForBlocks((first, count) =>
    {
        if (clipScale < 1) state.Parameters.Gradients.narrow(0, first, count).mul_((float)clipScale);
        state.Optimizer.Step(state.Step, learningRate, first, count);
        state.Average?.Update(first, count);
    });

    private static void ChunkSums(Tensor gradient, long first, long count, float[] sums) =>
        GradientNorm.ChunkSums(gradient, sums.AsSpan((int)(first / GradientNorm.Chunk), (int)(count / GradientNorm.Chunk)));

    private void ForBlocks(Action<long, long> body) => lanes.Run((int)((_length + Block - 1) / Block), (block, _) =>
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        body(block * Block, Math.Min(Block, _length - block * Block));
    });
}
