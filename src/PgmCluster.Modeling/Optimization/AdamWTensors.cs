using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>What an AdamW step reads and changes; F32, all of one length.</summary>
/// <param name="Values">Weights.</param>
/// <param name="Gradients">Read only.</param>
/// <param name="FirstMoment">Average of the gradients.</param>
/// <param name="SecondMoment">Average of their squares.</param>
internal readonly record struct AdamWTensors(Tensor Values, Tensor Gradients, Tensor FirstMoment, Tensor SecondMoment)
{
    /// <summary>The same part of each, as views.</summary>
    public AdamWTensors Narrow(long first, long count) => new(
        Values.narrow(0, first, count), Gradients.narrow(0, first, count), FirstMoment.narrow(0, first, count),
        SecondMoment.narrow(0, first, count));
}
