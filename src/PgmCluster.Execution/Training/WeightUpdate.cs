using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Runs;
using PgmCluster.Modeling.Optimization;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>
/// The end of a step: from the lanes' sums to the gradient and its norm, then clipping, optimizer and averages. On a CPU it goes through
/// memory in blocks that fit a core's cache, spread over the lanes; elsewhere over whole vectors, a few launches. Neither changes a bit,
/// and nothing is read back.
/// </summary>
internal sealed class WeightUpdate : IDisposable
{
    /// <summary>Elements of a block on a CPU: 256 KiB of each tensor.</summary>
    private const long CacheBlock = 16 * GradientNorm.Chunk;
    private readonly TrainingState _state;
    private readonly ComputeLanes _lanes;
    private readonly long _length, _block;
    private readonly Tensor _norms;

    /// <param name="state">What the step changes.</param>
    /// <param name="lanes">Compute the blocks; not disposed here.</param>
    /// <param name="inBlocks">Go through memory in blocks; null: on CPUs only.</param>
    public WeightUpdate(TrainingState state, ComputeLanes lanes, bool? inBlocks = null)
    {
        (_state, _lanes, _length) = (state, lanes, state.Parameters.Length);
        var values = state.Parameters.Values;
        _block = inBlocks ?? values.device_type == TorchSharp.DeviceType.CPU ? CacheBlock : _length;
        _norms = zeros(_length / GradientNorm.Chunk, dtype: float32, device: values.device).DetachFromDisposeScope();
    }

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
    /// <returns>The gradient's norm, F64 scalar.</returns>
    public Tensor Reduce(IReadOnlyList<(TreeNode Node, Tensor Sum)> sums, double scale)
    {
        var (additions, left) = TreeNode.Join([.. sums.Select(s => s.Node)]);
        ForBlocks((first, count) =>
        {
            var parts = sums.Select(s => s.Sum.narrow(0, first, count)).ToArray();
            foreach (var (into, from) in additions) parts[into].add_(parts[from]);
            ChunkNorms(_state.Parameters.Gradients.narrow(0, first, count).copy_(parts[left[0].Place]).mul_(scale), first, count);
        });
        return GradientNorm.FromChunks(_norms);
    }

    /// <summary>The norm of a gradient that is complete already, F64 scalar.</summary>
    public Tensor Norm()
    {
        ForBlocks((first, count) => ChunkNorms(_state.Parameters.Gradients.narrow(0, first, count), first, count));
        return GradientNorm.FromChunks(_norms);
    }

    /// <summary>Applies the gradient.</summary>
    /// <param name="clipScale">From <see cref="GradientNorm.Scale"/>.</param>
    /// <param name="learningRate">Rate of the state's step.</param>
    /// <param name="foundInf">F32 scalar: where it is 1, weights, moments and averages stay as they are. Null: it is known to be 0.</param>
    public void Apply(Tensor clipScale, double learningRate, Tensor? foundInf) => ForBlocks((first, count) =>
    {
        _state.Parameters.Gradients.narrow(0, first, count).mul_(clipScale);
        _state.Optimizer.Step(_state.Step, learningRate, first, count, foundInf);
        _state.Average?.Update(first, count, foundInf);
    });

    public void Dispose() => _norms.Dispose();

    private void ChunkNorms(Tensor gradient, long first, long count) =>
        GradientNorm.OfChunks(gradient, _norms.narrow(0, first / GradientNorm.Chunk, count / GradientNorm.Chunk));

    private void ForBlocks(Action<long, long> body) => _lanes.Run((int)((_length + _block - 1) / _block), (block, _) =>
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        body(block * _block, Math.Min(_block, _length - block * _block));
    });
}
