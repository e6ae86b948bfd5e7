using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>
/// The sum of all members' gradients as NCCL makes it: in an order of its own, which depends on how many members there are and how they are
/// connected. All members get the same bits, but another gang gets others. Each member's own leaves are summed in the canonical order.
/// </summary>
internal sealed class NcclAllReduce(Gang gang, INccl nccl, int microBatches, Tensor gradient)
    : NcclExchange(gang, nccl, microBatches, gradient)
{
    private protected override void Sum(long step, IReadOnlyList<Tensor> sums, double scale)
    {
        foreach (var sum in sums.Skip(1)) sums[0].add_(sum);
        var (send, receive, count) = (TensorAddress.Of(sums[0]), TensorAddress.Of(Gradient), Gradient.numel());
        Together($"the sum of step {step}", () => Communicator.Sum(send, receive, count));
        Gradient.mul_(scale);
    }
}
