using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Jobs.Units;

/// <inheritdoc cref="IWorkUnitGrain"/>
/// <remarks>
/// What is stored is what must not be forgotten: the fence before it is used, troubles, the result. That a device is at the unit is known in
/// memory only: whether one is, the scheduler knows.
/// </remarks>
[GrainType("workunit"), PreferControlSilo(Returns = true)]
public sealed class WorkUnitGrain : Grain, IWorkUnitGrain, IWorkOwner
{
    private readonly IPersistentState<WorkUnitState> _state;
    private readonly ILogger<WorkUnitGrain> _logger;
    private readonly UnitTeller _teller;
    private JobProgress _progress = new();
    private long _reached;
    private bool _isUnqueued;

    /// <summary>The generation that was queued from here and not by the job; 0 where none was.</summary>
    private long _queued;

    public WorkUnitGrain(
        [PersistentState("work-unit", "Default")] IPersistentState<WorkUnitState> state, TimeProvider time, ILogger<WorkUnitGrain> logger)
    {
        _state = state;
        _logger = logger;
        _teller = new UnitTeller(GrainFactory, time, logger);
    }

    private WorkUnitState State => _state.State;

    private WorkRecord Record => _state.State.Record;

    private string WorkId => this.GetPrimaryKeyString();

    private IDeviceSchedulerGrain Scheduler => GrainFactory.GetGrain<IDeviceSchedulerGrain>("default");

    async Task<UnitStart> IWorkUnitGrain.Start(UnitAssignment assignment, long known)
    {
        var present = State.Assignment;
        if (Record.Result is not null)
        {
            // The job knows it with this answer: there is nothing more to be done here.
            DeactivateOnIdle();
            return new UnitStart(News(assignment), null);
        }
        // A call that was overtaken by the job's next attempt.
        if (present is not null && assignment.Attempt < present.Attempt) return new UnitStart(News(present), null);
        var again = present is not null && assignment.Attempt > present.Attempt;
        if (!again)
        {
            if (present is not null && State.Phase.IsAtRest()) return new UnitStart(News(present), null);
            if (Record.Generation > 0 && (known == Record.Generation || await IsQueuedSince()))
            {
                _isUnqueued = false;
                if (present is null) await Take(assignment);
                return new UnitStart(News(assignment), null);
            }
        }
        if (again || present is null) Record.Forgive();
        State.Assignment = assignment;
        await DrawGeneration(known);
        // An earlier attempt may not have ended everywhere.
        return new UnitStart(News(assignment), Submission(afterOlder: true));
    }

    async Task IWorkUnitGrain.Cancel(int attempt)
    {
        if (Stop(attempt) is > 0 and var generation) await Scheduler.Withdraw(WorkId, generation);
    }

    Task<long> IWorkUnitGrain.Halt(int attempt) => Task.FromResult(Stop(attempt));

    async Task IWorkUnitGrain.Refuse(string message)
    {
        if (Record.Result is null) return;
        Record.Result = null;
        await Fail(message);
    }

    Task<string?> IWorkUnitGrain.GetResult()
    {
        // Asked when the job puts all together: ten thousand are not to be kept for it.
        if (Record.Result is not null) DeactivateOnIdle();
        return Task.FromResult(Record.Result);
    }

    async Task IWorkUnitGrain.Delete()
    {
        if (_state.RecordExists) await _state.ClearStateAsync();
        DeactivateOnIdle();
    }

    async Task IWorkUnitGrain.TakeOver(WorkRecord former)
    {
        if (State.Assignment is not null || Record.Generation > 0 || former is { Generation: 0, Result: null }) return;
        State.Record = former;
        State.Phase = former.Result is null ? JobPhase.Queued : JobPhase.Completed;
        await this.Save(_state, _logger);
    }

    public async Task<bool> Report(WorkReport report)
    {
        if (Record.Generation == 0 || report.Generation != Record.Generation || Record.Result is not null) return false;
        // A unit that was finished while it was being cancelled is finished.
        if (State.Phase.IsAtRest() && report.State != WorkState.Completed) return false;
        switch (report.State)
        {
            case WorkState.Running:
                (State.Phase, State.Message) = (JobPhase.Running, report.Error);
                if (report.Progress.Total > 0) _progress = report.Progress;
                _reached = Math.Max(_reached, report.Progress.Done);
                break;
            case WorkState.Completed when report.Document is { } result:
                Record.Result = result;
                // All that is left of it is the result: the job has what describes the work.
                State.Assignment = State.Assignment is { } done ? done with { Document = "" } : null;
                (State.Phase, State.Message) = (JobPhase.Completed, null);
                await this.Save(_state, _logger);
                break;
            case WorkState.Completed or WorkState.Failed or WorkState.Diverged:
                await Fail(report.Error ?? WorkTroubles.NoMessage(report));
                break;
            default:
                if (WorkTroubles.Count(Record, report, _reached, _logger) is { } hopeless) await Fail(hopeless);
                else await QueueAgain();
                break;
        }
        Tell();
        return true;
    }

    /// <returns>What is to be withdrawn, also where it was not possible before; 0 for nothing.</returns>
    private long Stop(int attempt)
    {
        if (State.Assignment is not { } assignment || assignment.Attempt > attempt) return 0;
        if (State.Phase is JobPhase.Completed or JobPhase.Failed) return 0;
        // Not written: where it is forgotten, the unit hears from its job that it is not wanted.
        State.Phase = JobPhase.Cancelled;
        return Record.Generation;
    }

    private async Task Take(UnitAssignment assignment)
    {
        State.Assignment = assignment;
        await this.Save(_state, _logger);
    }

    private async Task Fail(string message)
    {
        (State.Phase, State.Message) = (JobPhase.Failed, message);
        await this.Save(_state, _logger);
    }

    private async Task DrawGeneration(long known)
    {
        Record.Generation = Math.Max(Math.Max(Record.Generation, known), State.Assignment!.Fence) + 1;
        (State.Phase, State.Message, _progress, _isUnqueued) = (JobPhase.Queued, null, new JobProgress(), false);
        await this.Save(_state, _logger);
    }

    private async Task QueueAgain()
    {
        if (State.Assignment is null)
        {
            // What was taken over of an older version: its job is about to start it.
            State.Phase = JobPhase.Queued;
            await this.Save(_state, _logger);
            return;
        }
        await DrawGeneration(known: 0);
        try
        {
            // Who had it has ended, or hangs and may never end.
            await Scheduler.Submit(Submission(afterOlder: false));
            _queued = Record.Generation;
        }
        catch (Exception e)
        {
            // The job hears of it with the news.
            UnitLog.SubmitFailed(_logger, e, WorkId);
            _isUnqueued = true;
        }
    }

    /// <summary>
    /// Whether what the job was told of the queue is out of date: lost work was queued again between its question and its call. Another
    /// generation would have the work done twice.
    /// </summary>
    private async Task<bool> IsQueuedSince() =>
        _queued == Record.Generation && (await Scheduler.GetGenerations([WorkId]))[0] == _queued;

    private WorkAssignment Submission(bool afterOlder) => new()
    {
        WorkId = WorkId,
        Generation = Record.Generation,
        Kind = State.Assignment!.Kind,
        Document = State.Assignment.Document,
        Owner = this.AsReference<IWorkOwner>(),
        Priority = State.Assignment.Priority,
        User = State.Assignment.User,
        AfterOlder = afterOlder,
    };

    private UnitNews News(UnitAssignment assignment) => new()
    {
        Index = assignment.Index,
        Attempt = assignment.Attempt,
        Generation = Record.Generation,
        Phase = State.Phase,
        Progress = _progress,
        Message = State.Message,
        Result = Record.Result,
        Unqueued = _isUnqueued,
    };

    private void Tell()
    {
        if (State.Assignment is not { } assignment) return;
        _teller.Tell(
            assignment.Job, News(assignment), unwanted: news => this.AsReference<IWorkUnitGrain>().Cancel(news.Attempt), ended: DeactivateOnIdle);
    }
}
