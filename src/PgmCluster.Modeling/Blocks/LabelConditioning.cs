using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>
/// What a batch's labels make of a model's blocks: computed when it is first asked for, kept for all steps. Letters: B batch.
/// </summary>
/// <typeparam name="T">The model's conditioning.</typeparam>
/// <param name="labels">I64 [B], which outlive this.</param>
/// <param name="condition">The model's: labels and which of them are dropped, null for none.</param>
/// <param name="tensors">All tensors of a conditioning.</param>
internal sealed class LabelConditioning<T>(Tensor labels, Func<Tensor, Tensor?, T> condition, Func<T, IEnumerable<Tensor>> tensors)
    : IDisposable where T : class
{
    private readonly HeldTensors _held = new();
    private T? _alone, _both;

    /// <param name="unconditional">
    /// A second time as if the labels were dropped, [2B]: both passes in one batch read the weights once; they differ in the condition
    /// only.
    /// </param>
    public T Of(bool unconditional) => unconditional ? _both ??= Made(true) : _alone ??= Made(false);

    public void Dispose() => _held.Dispose();

    private T Made(bool unconditional)
    {
        using var scope = NewDisposeScope();
        var conditioning = unconditional
            ? condition(cat([labels, labels]), cat([zeros_like(labels, dtype: @bool), ones_like(labels, dtype: @bool)]))
            : condition(labels, null);
        foreach (var tensor in tensors(conditioning)) _held.Hold(tensor);
        return conditioning;
    }
}
