using PgmCluster.Execution.Devices;
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

    /// <summary>Adds the sums up as the upper part of the canonical tree and writes the gradient.</summary>
    /// <param name="sums">The lanes' sums in order, F32 [P], a power of two of them; overwritten.</param>
    /// <param name="scale">One over the number of micro-batches.</param>
    /// <returns>The gradient's norm.</returns>
    public double Reduce(IReadOnlyList<Tensor> sums, double scale)
    {
        var chunkSums = new float[_length / GradientNorm.Chunk];
        ForBlocks((first, count) =>
        {
            var parts = sums.Select(s => s.narrow(0, first, count)).ToArray();
            for (var distance = 1; distance < parts.Length; distance *= 2)
            {
                for (var i = 0; i < parts.Length; i += 2 * distance) parts[i].add_(parts[i + distance]);
            }
            var gradient = state.Parameters.Gradients.narrow(0, first, count).copy_(parts[0]).mul_(scale);
            GradientNorm.ChunkSums(gradient, chunkSums.AsSpan((int)(first / GradientNorm.Chunk), (int)(count / GradientNorm.Chunk)));
        });
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

    private void ForBlocks(Action<long, long> body) => lanes.Run((int)((_length + Block - 1) / Block), (block, _) =>
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        body(block * Block, Math.Min(Block, _length - block * Block));
    });
}
