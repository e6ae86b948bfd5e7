using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>The modulations of every block for a batch of classes.</summary>
/// <param name="Encoder">One per encoder block.</param>
/// <param name="Decoder">One per decoder layer.</param>
/// <param name="Output">Of the output layer.</param>
public sealed record PartitionConditioning(Modulation[] Encoder, Modulation[] Decoder, (Tensor Shift, Tensor Scale) Output)
{
    /// <summary>Hands all tensors to the enclosing dispose scope.</summary>
    public void MoveToOuterDisposeScope()
    {
        foreach (var m in Encoder.Concat(Decoder)) m.MoveToOuterDisposeScope();
        Output.Shift.MoveToOuterDisposeScope();
        Output.Scale.MoveToOuterDisposeScope();
    }
}
