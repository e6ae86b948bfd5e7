using System.Diagnostics;
using System.Runtime.ExceptionServices;
using PgmCluster.Execution.Wire;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>
/// The sum of all members' gradients as NCCL makes it: in an order of its own, which depends on how many members there are and how they are
/// connected. All members get the same bits, but another gang gets others. Each member's own leaves are summed in the canonical order;
/// losses, buffers and all that is agreed on still travel over the gang's connections.
/// </summary>
internal sealed class NcclExchange : GradientExchange
{
    private readonly Gang _gang;
    private readonly Tensor _gradient;
    private readonly NcclCommunicator _communicator;
    private readonly NcclThread _thread;

    private NcclExchange(Gang gang, INccl nccl, int microBatches, Tensor gradient)
        : base(new GangPlan(gang.Size, microBatches, gradient.shape[0]))
    {
        (_gang, _gradient) = (gang, gradient);
        _communicator = new NcclCommunicator(nccl, Math.Max(0, gradient.device_index));
        _thread = new NcclThread($"pgm-nccl-{gang.Rank}");
    }

    /// <summary>Connects the members of a generation to a communicator of their own, which ends with it.</summary>
    /// <param name="gang">Frees this with itself.</param>
    /// <param name="nccl">What sums.</param>
    /// <param name="microBatches">V.</param>
    /// <param name="gradient">F32 [P]: where the results go.</param>
    /// <exception cref="GangBrokenException">A peer was lost meanwhile.</exception>
    /// <exception cref="NcclException">NCCL does not connect them.</exception>
    public static NcclExchange Join(Gang gang, INccl nccl, int microBatches, Tensor gradient)
    {
        var exchange = new NcclExchange(gang, nccl, microBatches, gradient);
        gang.Mesh.Own(exchange);
        var id = gang.TakeFromFirst(() => NewId(nccl));
        exchange.Together("the members' NCCL", () => exchange._communicator.Connect(gang.Size, gang.Rank, id));
        return exchange;
    }

    internal override IReadOnlyList<StepHead> Run(long step, IReadOnlyList<Tensor> sums, StepHead head, double scale)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach (var sum in sums.Skip(1)) sums[0].add_(sum);
        // A device that hangs in its own leaves must not look as if it waited for the others': so it is awaited first.
        HostRead.Copy(sums[0].narrow(0, 0, 1));
        var (send, receive, count) = (TensorAddress.Of(sums[0]), TensorAddress.Of(_gradient), _gradient.numel());
        Together($"the sum of step {step}", () => _communicator.Sum(send, receive, count));
        _gradient.mul_(scale);
        // Only now: whoever has all heads knows that no device needs the communicator any more, and may free its own end.
        _gang.Mesh.Broadcast(FrameKind.Head, step, head.Write());
        return _gang.Heads(step, head);
    }

    public override void Dispose()
    {
        _communicator.Abort();
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
    private void Together(string what, Action work)
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
            _gang.Mesh.Announce(() => done = true);
        });
        NcclException? trouble = null;
        var quiet = Stopwatch.GetTimestamp();
        bool IsOver()
        {
            if (_gang.Mesh.IsPeerComputing) quiet = Stopwatch.GetTimestamp();
            trouble ??= _communicator.Failure;
            if (trouble is null && Stopwatch.GetElapsedTime(quiet) > _gang.Mesh.HungAfter)
            {
                var limit = _gang.Mesh.HungAfter.TotalSeconds;
                trouble = new NcclException($"Waiting for {what}: all members' devices have waited for it for over {limit:0} s.");
            }
            return done || trouble is not null;
        }
        try
        {
            _gang.Mesh.Wait(IsOver, _ => true, what);
            if (!done) throw trouble!;
            _thread.AwaitIdle();
            failure?.Throw();
        }
        catch
        {
            _communicator.Abort();
            _thread.AwaitIdle();
            throw;
        }
    }
}
