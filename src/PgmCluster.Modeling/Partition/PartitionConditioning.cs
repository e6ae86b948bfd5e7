using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>
/// What stays the same in all steps of a sampler: the modulations of every block for a batch of classes, and the positions' queries.
/// </summary>
/// <param name="Encoder">One per encoder block.</param>
/// <param name="Decoder">One per decoder layer.</param>
/// <param name="Output">Of the output layer.</param>
/// <param name="Queries">GroupSwap's, of all positions, [R + L, H]; null where they depend on the tokens.</param>
public sealed record PartitionConditioning(Modulation[] Encoder, Modulation[] Decoder, (Tensor Shift, Tensor Scale) Output, Tensor? Queries)
{
    /// <summary>All tensors.</summary>
    internal IEnumerable<Tensor> Tensors =>
        [.. Encoder.Concat(Decoder).SelectMany(m => m.Tensors), Output.Shift, Output.Scale, .. Queries is null ? (Tensor[])[] : [Queries]];

    /// <summary>Hands all tensors to the enclosing dispose scope.</summary>
    public void MoveToOuterDisposeScope()
    {
        foreach (var tensor in Tensors) tensor.MoveToOuterDisposeScope();
    }
}
