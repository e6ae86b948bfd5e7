using System.Diagnostics;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Faults;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Gangs.Nccl;
using PgmCluster.Execution.Metering;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Training;

/// <summary>
/// A run from where it stands to its last step, as a member of its gang sees it; a run alone is a gang of one. Weights and moments stay in
/// memory from one generation to the next, and a step is a pure function of the state before it: so when a member is lost or joins, the
/// others meet again and go on from the highest step that any of them has done. The first of the gang also keeps log and checkpoints.
/// </summary>
/// <param name="parts">The run on this device.</param>
/// <param name="channel">How the members meet; null for a run that has one device only.</param>
/// <param name="nccl">What gradients are exchanged by; null where that is the gang's own connections.</param>
internal sealed class TrainingLoop(TrainingParts parts, IGangChannel? channel, INccl? nccl)
{
    /// <summary>
    /// So many steps' metrics are kept in case the first of the gang dies before it has written them: of a segment, and of what its members
    /// may be ahead of it.
    /// </summary>
    private const int MetricsKept = StepMetricsLog.MostSteps + 3;

    /// <summary>So often NCCL may fail at one step.</summary>
    private const int NcclTries = 3;

    private readonly List<StepMetrics> _recent = [];

    /// <summary>Whether a member that a test has stand still has to go on all the same.</summary>
    private readonly Func<bool>? _hasToMove = channel is { } members ? () => members.IsChangeWanted || parts.Context.IsAskedToEnd : null;
    private GangSeat? _seat;
    private bool _holdsState;

    /// <summary>The state is still what the run begins with.</summary>
    private bool _isUntouched = true;
    private (long Step, int Count) _ncclFailures;

    /// <summary>When the gang broke, until the next step is done.</summary>
    private long? _brokenAt;

    private TrainingState State => parts.State;

    private long Steps => parts.Specification.Training.Steps;

    /// <returns>The result as JSON; empty where another member makes it.</returns>
    /// <exception cref="WorkInterruptedException">The work was asked to end, or goes on without this member.</exception>
    public string Run()
    {
        try
        {
            return RunToTheEnd();
        }
        finally
        {
            if (_seat is not null) channel?.DataPlane.Kept.Forget(_seat);
        }
    }

    private string RunToTheEnd()
    {
        IReadOnlyList<string> lost = [];
        while (true)
        {
            if (Meet(lost) is not { } seat)
            {
                // It may be all that is left of the gang.
                if (_holdsState) parts.Checkpoints.WriteNow(State);
                parts.Context.ThrowIfInterrupted();
                throw new WorkInterruptedException("The run goes on without this member.");
            }
            _seat = seat;
            try
            {
                using var gang = channel is null ? Gang.Alone(seat) : Gang.Join(seat, channel.DataPlane);
                try
                {
                    if (Train(gang, out lost) is { } result) return result;
                }
                catch (GangBrokenException e)
                {
                    gang.SayBye(e.Lost);
                    throw;
                }
                catch (NcclException e)
                {
                    CountFailure(e);
                    gang.SayBye([]);
                    throw new GangBrokenException(e.Message, []);
                }
            }
            catch (GangBrokenException e)
            {
                _brokenAt ??= Stopwatch.GetTimestamp();
                var where = $"Run {parts.Work.RunId}, generation {seat.Generation}, step {State.Step}";
                parts.Context.Warn($"{where}: {e.Message} The gang forms again.");
                lost = e.Lost;
            }
        }
    }

    private GangSeat? Meet(IReadOnlyList<string> lost)
    {
        if (channel is not null) return channel.Meet(_holdsState ? State.Step : -1, lost);
        return GangSeat.Alone(parts.Work.RunId, parts.Context.Generation, parts.Context.Device.Name);
    }

    /// <returns>The result; null where the gang is to form again.</returns>
    private string? Train(Gang gang, out IReadOnlyList<string> lost)
    {
        lost = [];
        var records = gang.Seat.Document is { } document ? WorkJson.Read<CheckpointRecord[]>(document) : [.. parts.Work.Checkpoints];
        var (first, isUntouched) = (gang.Seat.Begins ? [] : records, _isUntouched);
        gang.Synchronize(
            State, _recent, () => Load(first, isUntouched), Hold, alike: parts.Specification.Numerics.Exactness != "relaxed");
        parts.Checkpoints.Enter(gang.Seat.Generation, records);
        using var journal = gang.Rank == 0 ? new TrainingJournal(parts, gang, _recent) : null;
        var exchange = gang.Size > 1 && State.Step < Steps ? Exchange(gang) : null;
        while (State.Step < Steps)
        {
            // Where there are others they have to hear of it with a step; alone none is begun.
            if (exchange is null && parts.Context.IsAskedToEnd && IsOver(gang, [0], false, out lost)) return null;
            var step = Step(gang, exchange);
            _recent.Add(step.Metrics);
            if (_recent.Count > MetricsKept) _recent.RemoveAt(0);
            if (journal is not null) _recent[^1] = journal.StepDone(step.Metrics, _hasToMove);
            if (IsOver(gang, step.Leaving, step.ChangeWanted, out lost)) return null;
        }
        if (journal is null)
        {
            // Until the result stands, this member may be the only one that still has the state.
            gang.AwaitFinished(0);
            return "";
        }
        var result = journal.Finish();
        gang.TellFinished();
        return result;
    }

    /// <summary>Whether the state is one: a member that gets another's has none until it has all of it.</summary>
    private void Hold(bool holds) => (_holdsState, _isUntouched) = (holds, _isUntouched && holds);

    private void Load(CheckpointRecord[] records, bool isUntouched)
    {
        // What is left of a state that came only in part is nothing to begin with.
        if (records.Length == 0 && !isUntouched) parts.StartOver();
        parts.LoadNewest(records);
    }

    private GradientExchange Exchange(Gang gang)
    {
        var (leaves, gradients) = (parts.Specification.Training.MicroBatches, State.Parameters.Gradients);
        var inOrder = parts.Specification.Training.AddsInOrder;
        // A member of the version before knows one exchange in this order, which has the same bits.
        return nccl is null || (inOrder && gang.Seat.Protocol < GangProtocol.Trees)
            ? new StepExchange(gang, leaves, State.Step, gradients)
            : NcclExchange.Join(gang, nccl, inOrder, leaves, gradients);
    }

    private GangStep Step(Gang gang, GradientExchange? exchange)
    {
        var begun = Stopwatch.GetTimestamp();
        if (exchange is null) FaultPoint.Reached("commit", parts.Work.RunId, gang.Rank, State.Step);
        var step = exchange is not null
            ? parts.Step.Run(gang, exchange, parts.Context.IsAskedToEnd, IsChangeWanted(gang))
            : new GangStep(parts.Step.Run(), [], IsChangeWanted(gang));
        gang.StepTook(Stopwatch.GetElapsedTime(begun));
        if (_brokenAt is { } broken) RecoveryMeters.GangWentOn(Stopwatch.GetElapsedTime(broken));
        _brokenAt = null;
        return step;
    }

    /// <summary>One member's word is enough, and the first is always there.</summary>
    private bool IsChangeWanted(Gang gang) => gang.Rank == 0 && channel is { IsChangeWanted: true };

    /// <summary>Whether the generation ends after the present step.</summary>
    /// <exception cref="WorkInterruptedException">This member goes.</exception>
    private bool IsOver(Gang gang, IReadOnlyList<int> leaving, bool changeWanted, out IReadOnlyList<string> lost)
    {
        if (leaving.Contains(gang.Rank))
        {
            // Where all go at once nobody is left who has the state.
            if (leaving.Count == gang.Size && gang.Rank == 0) parts.Context.Unjudged(() => parts.Checkpoints.WriteNow(State));
            parts.Context.ThrowIfInterrupted();
        }
        lost = [.. leaving.Select(r => gang.Seat.Peers[r].Worker)];
        return leaving.Count > 0 || changeWanted;
    }

    /// <summary>
    /// NCCL may notice that a member is gone before the gang does, without naming it: so the gang forms again, but not for ever at the same
    /// step.
    /// </summary>
    private void CountFailure(NcclException e)
    {
        _ncclFailures = _ncclFailures.Step == State.Step ? (State.Step, _ncclFailures.Count + 1) : (State.Step, 1);
        if (_ncclFailures.Count < NcclTries) return;
        throw new NcclException($"{e.Message} It failed {NcclTries} times at step {State.Step}. "
            + "Set NCCL_DEBUG=INFO to see why, or start a new run with --set training.exchange=exact.");
    }
}
