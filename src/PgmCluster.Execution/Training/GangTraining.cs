using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Faults;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Gangs.Nccl;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Training;

/// <summary>
/// A run as a member of a gang sees it. Weights and moments stay in memory from one generation to the next, and a step is a pure function of the
/// state before it: so when a member is lost or joins, the others meet again and go on from the highest step that any of them has done.
/// The first of the gang also keeps log and checkpoints.
/// </summary>
/// <param name="parts">The run on this device.</param>
/// <param name="channel">How the members meet.</param>
/// <param name="nccl">What sums gradients; null where they are exchanged in the canonical order.</param>
internal sealed class GangTraining(TrainingParts parts, IGangChannel channel, INccl? nccl)
{
    /// <summary>So many steps' metrics are kept in case the first of the gang dies before it has written them.</summary>
    private const int MetricsKept = 3;

    /// <summary>So often NCCL may fail at one step.</summary>
    private const int NcclTries = 3;

    private readonly List<StepMetrics> _recent = [];
    private readonly Func<bool> _hasToMove = () => channel.IsChangeWanted || parts.Context.IsAskedToEnd;
    private bool _holdsState;
    private (long Step, int Count) _ncclFailures;

    private TrainingState State => parts.State;

    /// <returns>The result as JSON; empty where another member makes it.</returns>
    public string Run()
    {
        IReadOnlyList<string> lost = [];
        while (true)
        {
            if (channel.Meet(_holdsState ? State.Step : -1, lost) is not { } seat)
            {
                // It may be all that is left of the gang.
                if (_holdsState) parts.Checkpoints.WriteNow(State);
                parts.Context.ThrowIfInterrupted();
                throw new WorkInterruptedException("The run goes on without this member.");
            }
            try
            {
                using var gang = Gang.Join(seat, channel.DataPlane);
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
                parts.Context.Warn($"Run {parts.Work.RunId}, generation {seat.Generation}, step {State.Step}: {e.Message} The gang forms again.");
                lost = e.Lost;
            }
        }
    }

    /// <returns>The result; null where the gang is to form again.</returns>
    private string? Train(Gang gang, out IReadOnlyList<string> lost)
    {
        lost = [];
        var t = parts.Specification.Training;
        var records = gang.Seat.Document is { } document ? WorkJson.Read<CheckpointRecord[]>(document) : [.. parts.Work.Checkpoints];
        gang.Synchronize(State, _recent, () => parts.LoadNewest(records), () => _holdsState = false);
        _holdsState = true;
        var isFirst = gang.Rank == 0;
        using var log = isFirst ? new StepMetricsLog(parts.Context.Artifacts, parts.Work.RunId, gang.Seat.Generation) : null;
        foreach (var metrics in _recent) log?.Add(metrics);
        parts.Checkpoints.Enter(gang.Seat.Generation, records);
        var meter = isFirst ? new TrainingMeter(parts.Context, State.Step, t.Steps) : null;
        var exchange = gang.Size > 1 && State.Step < t.Steps ? Exchange(gang) : null;
        while (State.Step < t.Steps)
        {
            var step = Step(gang, exchange);
            _recent.Add(step.Metrics);
            if (_recent.Count > MetricsKept) _recent.RemoveAt(0);
            if (isFirst)
            {
                gang.DoUnjudged(() =>
                {
                    _recent[^1] = parts.Validated(step.Metrics);
                    parts.ShowSamples();
                });
                log!.Add(_recent[^1]);
                meter!.StepDone(_recent[^1]);
                parts.Checkpoints.StepDone(State);
                gang.DoUnjudged(() => FaultPoint.Reached("stepped", parts.Work.RunId, gang.Rank, step.Metrics.Step, _hasToMove));
            }
            if (step.Leaving.Contains(gang.Rank))
            {
                // Where all go at once nobody is left who has the state.
                if (step.Leaving.Count == gang.Size && isFirst) parts.Checkpoints.WriteNow(State);
                parts.Context.ThrowIfInterrupted();
            }
            if (step.Leaving.Count == 0 && !step.ChangeWanted) continue;
            lost = [.. step.Leaving.Select(r => gang.Seat.Peers[r].Worker)];
            return null;
        }
        return Finish(gang, isFirst);
    }

    private GradientExchange Exchange(Gang gang)
    {
        var (leaves, gradients) = (parts.Specification.Training.MicroBatches, State.Parameters.Gradients);
        return nccl is null ? new StepExchange(gang, leaves, State.Step, gradients) : NcclExchange.Join(gang, nccl, leaves, gradients);
    }

    private GangStep Step(Gang gang, GradientExchange? exchange)
    {
        var begun = System.Diagnostics.Stopwatch.GetTimestamp();
        var leaving = parts.Context.IsAskedToEnd;
        // One member's word is enough, and the first is always there.
        var changeWanted = gang.Rank == 0 && channel.IsChangeWanted;
        var step = exchange is not null
            ? parts.Step.Run(gang, exchange, leaving, changeWanted)
            : new GangStep(parts.Step.Run(), leaving ? [0] : [], changeWanted);
        gang.StepTook(System.Diagnostics.Stopwatch.GetElapsedTime(begun));
        return step;
    }

    private string Finish(Gang gang, bool isFirst)
    {
        if (!isFirst)
        {
            // Until the result stands, this member may be the only one that still has the state.
            gang.AwaitFinished(0);
            return "";
        }
        parts.Checkpoints.WriteNow(State);
        var result = WorkJson.Write(TrainingOutcome.Make(parts));
        gang.TellFinished();
        return result;
    }

    /// <summary>NCCL may notice that a member is gone before the gang does, without naming it: so the gang forms again, but not for ever at the same step.</summary>
    private void CountFailure(NcclException e)
    {
        _ncclFailures = _ncclFailures.Step == State.Step ? (State.Step, _ncclFailures.Count + 1) : (State.Step, 1);
        if (_ncclFailures.Count < NcclTries) return;
        throw new NcclException($"{e.Message} It failed {NcclTries} times at step {State.Step}. Set NCCL_DEBUG=INFO to see why, or start a new run with --set training.exchange=exact.");
    }
}
