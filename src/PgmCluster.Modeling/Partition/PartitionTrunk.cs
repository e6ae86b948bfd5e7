using PgmCluster.Modeling.Optimization;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>
/// A batch in training between its embedding and the output layer: what it begins with, and the blocks as pure functions of what they read.
/// Letters: B batch, T positions of the encoder, Q of the decoder, H width.
/// </summary>
/// <param name="Embedded">[B, T, H]</param>
/// <param name="Condition">Class embeddings, [B, H].</param>
/// <param name="Encoder">Blocks: (x, condition) to x.</param>
/// <param name="Swap">Encoder output to the decoder's stream, [B, Q, H].</param>
/// <param name="KeyValues">Encoder output to the keys and values that all cross blocks share; null where each makes its own.</param>
/// <param name="Decoder">Layers: (x, what <paramref name="KeyValues"/> gives or else the encoder output, condition) to x.</param>
internal sealed record PartitionTrunk(
    Tensor Embedded,
    Tensor Condition,
    IReadOnlyList<Func<Tensor, Tensor, Tensor>> Encoder,
    Func<Tensor, Tensor> Swap,
    Func<Tensor, Tensor>? KeyValues,
    IReadOnlyList<Func<Tensor, Tensor, Tensor, Tensor>> Decoder)
{
    /// <summary>Runs all blocks as one graph.</summary>
    /// <param name="observe">Sees the blocks' outputs by the reference's names.</param>
    /// <returns>[B, Q, H]</returns>
    public Tensor Run(Action<string, Tensor>? observe)
    {
        using var scope = NewDisposeScope();
        var x = Embedded;
        for (var i = 0; i < Encoder.Count; i++)
        {
            x = Encoder[i](x, Condition);
            observe?.Invoke($"encoder.blocks.{i}", x);
        }
        var encoded = x;
        var memory = KeyValues?.Invoke(encoded) ?? encoded;
        x = Swap(encoded);
        observe?.Invoke("decoder.group_swap", x);
        for (var i = 0; i < Decoder.Count; i++)
        {
            x = Decoder[i](x, memory, Condition);
            observe?.Invoke($"decoder.layers.{i}", x);
        }
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Runs all blocks keeping their inputs only, and goes backward computing each again.</summary>
    /// <param name="loss">From stream and condition to the loss, after going backward from it.</param>
    /// <returns>The loss.</returns>
    public Tensor BackwardRecomputing(Func<Tensor, Tensor, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        var condition = Condition.detach().requires_grad_();
        BlockChain encoder = new(recompute: true), projection = new(recompute: true), decoder = new(recompute: true);
        var x = Embedded.detach();
        foreach (var block in Encoder) x = encoder.Forward(x, x => block(x, condition));
        var encoded = x.detach().requires_grad_();
        var memory = KeyValues is null ? encoded : BlockGraph.Leaf(projection.Forward(encoded, KeyValues));
        x = decoder.Forward(encoded, Swap);
        foreach (var layer in Decoder) x = decoder.Forward(x, x => layer(x, memory, condition));
        var stream = x.detach().requires_grad_();
        var value = loss(stream, condition);
        var gradient = decoder.Backward(stream.grad!);
        // The cross-attention layers' part and GroupSwap's.
        if (memory.grad is { } others) gradient = (KeyValues is null ? others : projection.Backward(others)) + gradient;
        Embedded.backward([encoder.Backward(gradient)]);
        if (condition.grad is { } ofCondition) Condition.backward([ofCondition]);
        return value.MoveToOuterDisposeScope();
    }
}
