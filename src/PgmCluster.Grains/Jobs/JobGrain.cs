using System.Runtime.CompilerServices;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Logs;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Recovery;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Jobs;

/// <summary>
/// What all jobs have in common: phases, idempotent start, cancel, watch, wake, the catalog entry. A derived grain plans the work
/// (<see cref="Plan"/>), keeps it going (<see cref="Drive"/>) and ends it (<see cref="Halt"/>).
/// </summary>
[PreferControlSilo(Returns = true)]
public abstract class JobGrain<TState, TRequest> : Grain, IJobGrain, IDeletableJob
    where TState : JobState<TRequest>, new()
    where TRequest : class
{
    protected static readonly TimeSpan DriveAgainAfter = TimeSpan.FromSeconds(2);

    private readonly IPersistentState<TState> _storage;
    private readonly JobFeed _feed = new();
    private readonly JobCatalogue _catalogue;
    private IGrainTimer? _retry;
    /// <summary>Whether what is stored is at rest; null where nothing is, or it could not be read.</summary>
    private bool? _restsInStorage;

    protected JobGrain(IPersistentState<TState> storage, TimeProvider time, ILogger logger)
    {
        _storage = storage;
        (Time, Logger) = (time, new AboutLogger(logger, () => JobLog.About(JobId, State.Attempt, Progress)));
        _catalogue = new JobCatalogue(GrainFactory, time, Logger);
    }

    protected TState State => _storage.State;
    protected string JobId => this.GetPrimaryKeyString();
    /// <summary>As the next <see cref="Commit"/> writes and shows it.</summary>
    protected JobProgress Progress { get; set; } = new();
    protected TimeProvider Time { get; }
    protected ILogger Logger { get; }
    protected IDeviceSchedulerGrain Scheduler => GrainFactory.GetGrain<IDeviceSchedulerGrain>("default");

    protected abstract JobKind Kind { get; }

    /// <summary>Of its states: the newest that this version reads, and what it writes.</summary>
    protected virtual int NewestFormat => 1;

    /// <summary>Id of the work to ask the scheduler about while the job is queued.</summary>
    protected abstract string? WaitingWork { get; }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        State.RequireFormat(JobId, NewestFormat);
        if (State.Request is null) return Task.CompletedTask;
        Progress = State.Progress;
        _restsInStorage = State.Phase.IsAtRest();
        Written();
        TellWatchers();
        // Nothing in memory says whether the work is still being done somewhere.
        if (!State.Phase.IsAtRest()) DriveSoon(TimeSpan.Zero);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // After a write that failed, say: nobody else knows that the job is to go on. Those of a silo that stops are woken elsewhere.
        if (reason.ReasonCode != DeactivationReasonCode.ShuttingDown && _restsInStorage is { } rests && !(rests && State.Phase.IsAtRest()))
            GrainFactory.GetGrain<IJobSupervisorGrain>("jobs").WakeSoon(Kind, JobId).Ignore();
        return base.OnDeactivateAsync(reason, cancellationToken);
    }

    public async Task<JobStatus> GetStatus()
    {
        RequireStarted();
        return Status(State.Message ?? (State.Phase == JobPhase.Queued ? await AskWhyWaiting() : null));
    }

    public async Task<JobStatus> Cancel()
    {
        if (JobPauses.MayCancel(RequireStarted().Phase)) await Rest(JobPhase.Cancelled, null);
        return Status(State.Message);
    }

    public async Task<JobStatus> Pause()
    {
        if (JobPauses.Begins(Title, RequireStarted().Phase)) await Rest(JobPhase.Paused, null);
        return Status(State.Message);
    }

    public async Task<JobStatus> Resume()
    {
        if (!JobPauses.Ends(Title, RequireStarted().Phase)) return Status(State.Message);
        await Restart();
        await Wake();
        return Status(State.Message);
    }

    /// <remarks>
    /// The calls of an asynchronous enumeration always interleave, so an open watch holds up no turn. It reads the feed only, never
    /// the state record, which a turn may have changed without having written it.
    /// </remarks>
    public async IAsyncEnumerable<JobEvent> Watch([EnumeratorCancellation] CancellationToken cancellation)
    {
        RequireStarted();
        await foreach (var present in _feed.Watch(AskWhyWaiting, Time, cancellation)) yield return present;
    }

    public async Task Wake()
    {
        if (State.Request is null) await _catalogue.RemoveWithoutJob(JobId, Kind);
        else await _catalogue.PutQuietly(Entry);
        if (State.Request is not null && !State.Phase.IsAtRest()) await DriveOrRetry(verify: true);
    }

    Task<string?> IDeletableJob.Hindrance() => PartsInUse();
    Task IDeletableJob.Delete() => this.Delete<TState, TRequest>(_storage, Title, PartsInUse, DeleteParts, Logger);

    public abstract Task<Origin> GetOrigin();

    /// <summary>Why what is stored beside the job's own record has to stay for now; null where it need not.</summary>
    protected virtual Task<string?> PartsInUse() => Task.FromResult<string?>(null);

    /// <summary>Clears what is stored beside the job's own record.</summary>
    protected virtual Task DeleteParts() => Task.CompletedTask;

    /// <summary>Checks the request and lays out the work. Changes nothing.</summary>
    /// <returns>A state with request, summary, origins and everything the job needs; the phase is set by the caller.</returns>
    /// <exception cref="InvalidRequestException">The request cannot be done.</exception>
    protected abstract Task<TState> Plan(TRequest request);

    /// <summary>The request of a job that is started again, with what the repetition may ask for otherwise.</summary>
    protected virtual TRequest Renewed(TRequest asked) => State.Request!;

    /// <summary>Makes sure that every unfinished part is queued or being done.</summary>
    /// <param name="verify">Take nothing for granted that an earlier call did.</param>
    protected abstract Task Drive(bool verify);

    /// <summary>Notes in the state, before it is written, that whatever runs is to stop.</summary>
    protected abstract void PrepareHalt();

    /// <summary>Stops whatever is queued or runs.</summary>
    protected abstract Task Halt();

    /// <summary>Notes in the state of a job that was just planned, before it is first written, what <see cref="Drive"/> goes by.</summary>
    protected virtual void PrepareStart() { }

    /// <summary>Notes in the state, before it is written, that unfinished work starts anew.</summary>
    protected abstract void PrepareRestart();

    protected async Task<JobStatus> StartJob(TRequest request)
    {
        if (State.Request is null)
        {
            State.RequireUnused(JobId, Title, request);
            var planned = await Refusals.Of(Title, () => Plan(request), () => _catalogue.RefuseNameOfOtherKind(JobId, Kind));
            planned.Begin(request, NewestFormat, Time.GetUtcNow());
            Progress = planned.Progress;
            // Before the job itself: who starts a job of another kind under this id at the same time is refused.
            await _catalogue.Put(planned.ToEntry(JobId, Kind));
            _storage.State = planned;
            PrepareStart();
            await Commit();
            JobLog.Started(Logger, Kind, JobId, planned.Summary);
        }
        else
        {
            RequestDifferences.Refuse(Title, State.Asked, State.Request, request);
            if (State.Phase is JobPhase.Failed or JobPhase.Cancelled)
            {
                State.Request = Renewed(request);
                await Restart();
            }
        }
        await _catalogue.Put(Entry);
        if (!State.Phase.IsAtRest()) await DriveOrRetry(verify: false);
        return Status(State.Message);
    }

    /// <summary>Queues a job at rest again, with its durable progress.</summary>
    protected async Task Restart()
    {
        Become(JobPhase.Queued, null);
        State.Attempt++;
        PrepareRestart();
        await Commit();
        JobLog.Restarted(Logger, Kind, JobId, State.Attempt);
    }

    /// <summary>The only place where the phase changes.</summary>
    protected void Become(JobPhase phase, string? message) => State.Become(JobId, phase, message, Time.GetUtcNow());

    /// <summary>
    /// Becomes running first where the table allows the wanted phase only from there: a fast device's first report can be its last.
    /// </summary>
    protected void BecomeThroughRunning(JobPhase phase, string? message)
    {
        if (!State.Phase.CanBecome(phase)) Become(JobPhase.Running, null);
        Become(phase, message);
    }

    /// <summary>Brings the job to rest with its result, which is in the state.</summary>
    protected async Task Finish()
    {
        BecomeThroughRunning(JobPhase.Completed, null);
        Progress = Progress with { Done = Progress.Total, UnitsPerSecond = null };
        await Commit();
        JobLog.AtRest(Logger, Kind, JobId, JobPhase.Completed, null);
    }

    /// <summary>Brings the job to rest before it is done: durable first, then the devices are told.</summary>
    protected async Task Rest(JobPhase phase, string? message)
    {
        BecomeThroughRunning(phase, message);
        PrepareHalt();
        await Commit();
        JobLog.AtRest(Logger, Kind, JobId, phase, message);
        await HaltQuietly();
    }

    protected async Task HaltQuietly()
    {
        try
        {
            await Halt();
        }
        catch (Exception e)
        {
            // Whatever runs on meanwhile is refused at its next report.
            JobLog.HaltFailed(Logger, e, JobId);
            DriveSoon(DriveAgainAfter);
        }
    }

    /// <summary>Writes the state, then tells catalog and watchers; that a job goes on from rest the catalog is told before.</summary>
    protected async Task Commit()
    {
        State.Progress = Progress;
        // Whatever happens between the two: a job that is not at rest is never said to be.
        if (_restsInStorage != false && !State.Phase.IsAtRest()) await _catalogue.PutBegun(Entry, Title, this.DeactivateOnIdle);
        await Write();
        _restsInStorage = State.Phase.IsAtRest();
        Written();
        // Who hears that a job is done may ask at once for what the catalog allows then.
        if (_catalogue.IsBehind(Entry)) await _catalogue.PutQuietly(Entry);
        TellWatchers();
    }

    /// <summary>Writes the state and tells nobody.</summary>
    protected Task Write() => this.Save(_storage, Logger);
    /// <summary>The state is in the storage: calls that interleave with turns answer from what is noted here, not from a changed record.</summary>
    protected virtual void Written() { }

    /// <summary>Shows progress; it is written with the next milestone.</summary>
    protected void Advance(JobProgress progress)
    {
        Progress = progress;
        TellWatchers();
    }

    protected async Task DriveOrRetry(bool verify)
    {
        try
        {
            await Drive(verify);
        }
        catch (JobFailedException e)
        {
            if (!State.Phase.IsAtRest()) await Rest(JobPhase.Failed, e.Message);
        }
        catch (Exception e)
        {
            JobLog.DriveFailed(Logger, e, JobId);
            DriveSoon(DriveAgainAfter);
        }
    }

    protected JobStatus Status(string? message) => State.ToStatus(JobId, Kind, Progress, message);

    /// <exception cref="NotFoundException">Nothing was ever started under this id.</exception>
    protected TState RequireStarted() =>
        State.Request is null ? throw new NotFoundException($"There is no {JobWords.Of(Kind)} job '{JobId}'.") : State;

    private protected string Title => $"{JobWords.Of(Kind)} job '{JobId}'";
    private CatalogEntry Entry => State.ToEntry(JobId, Kind);

    /// <summary>Drives the job after a while, or goes on halting it where it is at rest, whatever was planned before.</summary>
    protected void DriveSoon(TimeSpan delay)
    {
        _retry?.Dispose();
        _retry = this.RegisterGrainTimer(
            static (grain, _) => grain.State.Phase.IsAtRest() ? grain.HaltQuietly() : grain.Wake(), this, delay, Timeout.InfiniteTimeSpan);
    }

    private Task<string?> AskWhyWaiting() => WaitingReason.Of(Scheduler, WaitingWork, JobId, Logger);
    private void TellWatchers() => _feed.Tell(State.ToEvent(Progress), Time.GetUtcNow());
}
