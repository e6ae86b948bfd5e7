using System.Text;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs;

/// <summary>Gives a member's whole state to others, and takes another's.</summary>
/// <param name="mesh">The present generation.</param>
/// <param name="toHost">A tensor's elements in this process' memory, contiguous; replaced in tests.</param>
internal sealed class StateTransfer(PeerMesh mesh, Func<Tensor, Tensor>? toHost = null)
{
    private const int Block = 256 * 1024;

    private readonly Func<Tensor, Tensor> _toHost = toHost ?? (tensor => HostRead.Copy(tensor));
    private HostCopies? _sent;

    /// <param name="state">What is sent.</param>
    /// <param name="metrics">Of the last steps, newest last.</param>
    /// <param name="to">Ranks; the state may change again after <see cref="AwaitSent"/>.</param>
    public void Send(TrainingState state, IReadOnlyList<StepMetrics> metrics, IReadOnlyList<int> to)
    {
        if (to.Count == 0) return;
        // The connections' threads read them until everything is sent, or until they have ended.
        var copies = new HostCopies([.. state.Everything().Select(CopyOf)]);
        mesh.Own(copies);
        var head = new StateHead { Step = state.Step, Lengths = [.. copies.Blocks.Select(b => b.Length)], Metrics = [.. metrics] };
        foreach (var rank in to)
        {
            mesh.Send(rank, FrameKind.StateHead, state.Step, Encoding.UTF8.GetBytes(WorkJson.Write(head)));
            for (var i = 0; i < copies.Blocks.Count; i++)
            {
                var block = copies.Blocks[i];
                for (long offset = 0; offset < block.Length; offset += Block)
                    mesh.Send(rank, FrameKind.State, state.Step, i, offset, block.Part(offset, Math.Min(Block, block.Length - offset)));
            }
        }
        _sent = copies;
    }

    /// <summary>Takes another member's state in place of this one's, and passes each block on as soon as it is there.</summary>
    /// <param name="state">Overwritten; until this method returns it is no state at all, and after <see cref="AwaitSent"/> it may
    /// change.</param>
    /// <param name="source">Rank of the member that sends.</param>
    /// <param name="to">Ranks that get it from this one.</param>
    /// <param name="metrics">Replaced by those that it sends.</param>
    /// <exception cref="GangBrokenException">It was lost before.</exception>
    public void Receive(TrainingState state, int source, IReadOnlyList<int> to, List<StepMetrics> metrics)
    {
        var receiver = new StateReceiver(state, source, new StateRelay(mesh, to));
        mesh.Own(receiver);
        mesh.Receive(receiver, FrameKind.State);
        mesh.Receive(receiver.Head, FrameKind.StateHead);
        mesh.Wait(() => receiver.IsComplete, rank => rank == source, $"the state of rank {source}", judgeHung: false);
        receiver.Apply(metrics);
    }

    /// <summary>Waits until all is sent that others get from this member.</summary>
    /// <exception cref="GangBrokenException">A peer was lost meanwhile.</exception>
    public void AwaitSent()
    {
        mesh.WaitUntilSent();
        _sent?.Dispose();
    }

    private Tensor CopyOf(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return _toHost(tensor).DetachFromDisposeScope();
    }

    private sealed class HostCopies(IReadOnlyList<Tensor> tensors) : IDisposable
    {
        public IReadOnlyList<NativeBlock> Blocks { get; } = [.. tensors.Select(NativeBlock.Of)];

        public void Dispose()
        {
            foreach (var tensor in tensors) tensor.Dispose();
        }
    }
}
