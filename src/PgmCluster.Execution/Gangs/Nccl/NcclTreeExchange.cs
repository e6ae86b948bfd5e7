using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>
/// The sum of all members' gradients in the canonical tree, as <see cref="StepExchange"/> makes it, but NCCL moves the bytes: over NVLink
/// or InfiniBand where there are any. Every member's device gets everybody's sums of its own segment, adds them in the tree's order, and
/// sends the result to all. NCCL itself adds nothing, so no bit depends on how many members there are or how they are connected.
/// </summary>
internal sealed class NcclTreeExchange(Gang gang, INccl nccl, int microBatches, Tensor gradient)
    : NcclExchange(gang, nccl, microBatches, gradient)
{
    /// <summary>Of the others, their sums of this member's segment; made with the first step.</summary>
    private readonly Dictionary<int, Tensor[]> _received = [];

    private IEnumerable<int> Others => Enumerable.Range(0, Plan.Size).Where(r => r != Gang.Rank);

    public override void Dispose()
    {
        // What NCCL may still write to is freed behind it.
        base.Dispose();
        foreach (var sum in _received.Values.SelectMany(r => r)) sum.Dispose();
    }

    private protected override void Sum(long step, IReadOnlyList<Tensor> sums, double scale)
    {
        var (first, length) = Plan.Segments[Gang.Rank];
        if (_received.Count == 0) Reserve(length);
        Move(
            $"the sums of step {step}",
            Others.SelectMany(rank => sums.Select(s => Sent(rank, Segment(s, rank)))
                .Concat(_received[rank].Select(s => Received(rank, s)))));
        var parts = Enumerable.Range(0, Plan.Size)
            .SelectMany(rank => rank == Gang.Rank ? sums.Select(s => s.narrow(0, first, length)) : _received[rank]).ToArray();
        foreach (var (into, from) in Plan.Additions) parts[into].add_(parts[from]);
        var own = Gradient.narrow(0, first, length).copy_(parts[Plan.Root]).mul_(scale);
        Move(
            $"the gradient of step {step}",
            Others.SelectMany(rank => new[] { Sent(rank, own), Received(rank, Segment(Gradient, rank)) }));
    }

    private void Reserve(long length)
    {
        foreach (var rank in Others)
        {
            _received[rank] =
                [.. Plan.Nodes[rank].Select(_ => empty(length, dtype: float32, device: Gradient.device).DetachFromDisposeScope())];
        }
    }

    private Tensor Segment(Tensor vector, int rank) => vector.narrow(0, Plan.Segments[rank].Offset, Plan.Segments[rank].Length);

    /// <summary>An owner of nothing (a tiny model, a large gang) gets and sends nothing.</summary>
    private void Move(string what, IEnumerable<NcclMove> moves)
    {
        NcclMove[] any = [.. moves.Where(m => m.Count > 0)];
        if (any.Length > 0) Together(what, () => Communicator.Move(any));
    }

    private static NcclMove Sent(int rank, Tensor tensor) => new(IsSent: true, rank, AddressOf(tensor), tensor.numel());

    private static NcclMove Received(int rank, Tensor tensor) => new(IsSent: false, rank, AddressOf(tensor), tensor.numel());

    private static nint AddressOf(Tensor tensor) => tensor.numel() == 0 ? 0 : TensorAddress.Of(tensor);
}
