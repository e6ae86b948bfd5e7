using System.Runtime.ExceptionServices;
using PgmCluster.Execution.Wire;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>
/// An exchange whose gradients travel by NCCL, from device to device. Losses, buffers and all that is agreed on travel over the gang's
/// connections, which also notice when a member is gone.
/// </summary>
internal abstract class NcclExchange : GradientExchange
{
    private readonly NcclThread _thread;

    /// <param name="gang">The present generation.</param>
    /// <param name="nccl">What moves.</param>
    /// <param name="microBatches">V.</param>
    /// <param name="gradient">F32 [P]: where the results go.</param>
    private protected NcclExchange(Gang gang, INccl nccl, int microBatches, Tensor gradient)
        : base(new GangPlan(gang.Size, microBatches, gradient.shape[0]))
    {
        (Gang, Gradient) = (gang, gradient);
        Communicator = new NcclCommunicator(nccl, Math.Max(0, gradient.device_index));
        _thread = new NcclThread($"pgm-nccl-{gang.Rank}");
    }

    private protected Gang Gang { get; }

    private protected Tensor Gradient { get; }

    private protected NcclCommunicator Communicator { get; }

    /// <summary>Connects the members of a generation to a communicator of their own, which ends with it.</summary>
    /// <param name="gang">Frees this with itself.</param>
    /// <param name="nccl">What moves, and sums where that is asked for.</param>
    /// <param name="inOrder">Whether the members add in the canonical order; NCCL's own otherwise.</param>
    /// <param name="microBatches">V.</param>
    /// <param name="gradient">F32 [P]: where the results go.</param>
    /// <exception cref="GangBrokenException">A peer was lost meanwhile.</exception>
    /// <exception cref="NcclException">NCCL does not connect them.</exception>
    public static NcclExchange Join(Gang gang, INccl nccl, bool inOrder, int microBatches, Tensor gradient)
    {
        NcclExchange exchange = inOrder
            ? new NcclTreeExchange(gang, nccl, microBatches, gradient)
            : new NcclAllReduce(gang, nccl, microBatches, gradient);
        gang.Mesh.Own(exchange);
        var id = gang.TakeFromFirst(() => NewId(nccl));
        exchange.Together("the members' NCCL", () => exchange.Communicator.Connect(gang.Size, gang.Rank, id));
        return exchange;
    }

    internal sealed override IReadOnlyList<StepHead> Run(long step, IReadOnlyList<Tensor> sums, StepHead head, double scale)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        // A device that hangs in its own leaves must not look as if it waited for the others': so it is awaited first.
        HostRead.Copy(sums[0].narrow(0, 0, 1));
        Sum(step, sums, scale);
        // Only now: whoever has all heads knows that no device needs the communicator any more, and may free its own end.
        Gang.Mesh.Broadcast(FrameKind.Head, step, head.Write());
        return Gang.Heads(step, head);
    }

    /// <summary>Fills <see cref="Gradient"/> with the scaled sum of all members' leaves.</summary>
    private protected abstract void Sum(long step, IReadOnlyList<Tensor> sums, double scale);

    public override void Dispose()
    {
        Communicator.Abort();
        _thread.Dispose();
    }

    private static byte[] NewId(INccl nccl)
    {
        var id = new byte[INccl.IdSize];
        var result = nccl.GetUniqueId(id);
        if (result == NcclResult.Success) return id;
        throw new NcclException(
            $"Making the id of an NCCL communicator: {nccl.GetErrorString(result)} (NCCL {nccl.Version}, code {(int)result}).");
    }

    /// <summary>
    /// Does what needs all members' devices, and ends it where the gang breaks: NCCL itself would wait for ever for a member that is gone.
    /// </summary>
    private protected void Together(string what, Action work)
    {
        ExceptionDispatchInfo? failure = null;
        var done = false;
        _thread.Begin(() =>
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            Volatile.Write(ref done, true);
            Gang.Mesh.Wake();
        });
        NcclException? trouble = null;
        var quiet = Gang.Mesh.Time.GetTimestamp();
        bool IsOver()
        {
            if (Gang.Mesh.IsPeerComputing) quiet = Gang.Mesh.Time.GetTimestamp();
            trouble ??= Communicator.Failure;
            if (trouble is null && Gang.Mesh.Time.GetElapsedTime(quiet) > Gang.Mesh.HungAfter)
            {
                var limit = Gang.Mesh.HungAfter.TotalSeconds;
                trouble = new NcclException($"Waiting for {what}: all members' devices have waited for it for over {limit:0} s.");
            }
            return Volatile.Read(ref done) || trouble is not null;
        }
        try
        {
            Gang.Mesh.Wait(IsOver, _ => true, what);
            if (!done) throw trouble!;
            _thread.AwaitIdle();
            failure?.Throw();
        }
        catch
        {
            Communicator.Abort();
            _thread.AwaitIdle();
            throw;
        }
    }
}
