using System.Text.Json;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Metering;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Jobs;

/// <summary>
/// A job that is one piece of work, done by one device or by a gang. It is no unit of its job, because the job has nothing else: its devices
/// meet at the job, and what they save on the way is the job's state.
/// </summary>
public abstract class SingleWorkGrain<TState, TRequest> : JobGrain<TState, TRequest>, IWorkOwner
    where TState : SingleWorkState<TRequest>, new()
    where TRequest : class
{
    private readonly CountedTroubles _counted = new();
    private readonly ReportedProgress _reported = new();
    private readonly RecoveryWatch _recovery;
    private long _submitted;

    protected SingleWorkGrain(IPersistentState<TState> storage, TimeProvider time, ILogger logger) : base(storage, time, logger) =>
        _recovery = new RecoveryWatch(time);

    /// <summary>Devices that the work must have and can use: above 1 it is done by a gang.</summary>
    protected abstract (int Min, int Max) Workers { get; }

    /// <summary>The fingerprint that the work's devices must have; null for any.</summary>
    protected abstract string? Numerics { get; }

    protected override string? WaitingWork => Part.Result is null ? JobId : null;

    public async Task<bool> Report(WorkReport report)
    {
        if (State.Request is null || report.WorkId != JobId || Part.Result is not null) return false;
        if (report is { State: WorkState.Running, Document: { } saved } && report.Generation > 0 && report.Generation <= State.Generation)
            return await Saved(report, saved);
        if (Part.Generation != report.Generation) return false;
        if (!IsCurrent(report))
        {
            if (report.State != WorkState.Running) EndsWork(report);
            return false;
        }
        if (report.State != WorkState.Running) return await Ended(report);
        if (State.Phase.IsAtRest() || Part.Stopping) return false;
        Observe(report.Progress);
        if (State.Phase == JobPhase.Running && State.Message == report.Error)
        {
            Advance(Progress);
            return true;
        }
        if (State.Phase == JobPhase.Running) State.Message = report.Error;
        else Become(JobPhase.Running, report.Error);
        await Commit();
        return true;
    }

    /// <summary>The work for its devices. A function of the state alone.</summary>
    protected abstract (string Kind, string Document) Describe();

    /// <summary>Checks the result before it is recorded.</summary>
    /// <exception cref="JsonException">It cannot be read.</exception>
    protected abstract void Check(string result);

    /// <summary>Takes a durable intermediate state into the job's state. It may come from work that is over, after newer ones.</summary>
    /// <exception cref="JsonException">It cannot be read.</exception>
    protected abstract void Record(string document);

    /// <summary>Whether the report comes from the gang that counts. Work of one device is fenced by its generation alone.</summary>
    protected abstract bool IsCurrent(WorkReport report);

    /// <summary>Takes note of a member's end. False where others of its gang go on with the work.</summary>
    protected abstract bool EndsWork(WorkReport report);

    /// <summary>What is done already where the work begins again, in units of its progress.</summary>
    protected virtual long DurableUnits => 0;

    /// <summary>Makes the job's result out of the work's.</summary>
    protected abstract void Conclude();

    /// <summary>What becomes of the job where a retry would repeat the trouble, and the words for it.</summary>
    protected abstract (JobPhase Phase, string Message) GiveUp(string trouble);

    /// <summary>Its fence, losses and result.</summary>
    protected WorkPart Part => State.Part;

    protected override async Task Drive(bool verify)
    {
        if (Part.Result is not null)
        {
            await Complete();
            return;
        }
        if (!verify && _submitted == Part.Generation && _submitted > 0) return;
        var mayRunSomewhere = Part.Generation > 0 && (Part.Stopping || State.Phase == JobPhase.Running);
        if (mayRunSomewhere)
        {
            if ((await Scheduler.GetGenerations([JobId]))[0] == Part.Generation)
            {
                if (Part.Stopping) DriveSoon(DriveAgainAfter);
                else _submitted = Part.Generation;
                return;
            }
        }
        if (Part.Generation == 0 || mayRunSomewhere)
        {
            // A loss that nobody has told of.
            var isLost = mayRunSomewhere && !Part.Stopping;
            if (isLost) Become(JobPhase.Queued, null);
            Part.Stopping = false;
            DrawGeneration();
            await Commit();
            if (isLost) LoseSteps();
        }
        await Scheduler.Submit(WorkAssignment.Of(
            JobId, Part.Generation, Describe(), this.AsReference<IWorkOwner>(), Workers, (State.Request as IScheduledRequest)?.Scheduling, Numerics));
        _submitted = Part.Generation;
    }

    protected override void PrepareHalt()
    {
        _recovery.Forget();
        _submitted = 0;
        if (Part is { Result: null, Generation: > 0 }) Part.Stopping = true;
        _reported.Forget();
    }

    protected override async Task Halt()
    {
        if (Part is { Result: null, Stopping: true }) await Scheduler.Withdraw(JobId, Part.Generation);
    }

    /// <summary>The fence is written with what it is of, and not once more before the work is queued.</summary>
    protected override void PrepareStart() => DrawGeneration();

    protected override void PrepareRestart()
    {
        if (Part.Result is not null) return;
        Part.Forgive();
        if (!Part.Stopping) DrawGeneration();
    }

    /// <summary>Changes what devices are told: those at work stop as for a pause, and the work goes on under its next generation.</summary>
    protected async Task Requeue(Action change)
    {
        change();
        if (State.Phase == JobPhase.Running) Become(JobPhase.Queued, null);
        if (!State.Phase.IsAtRest()) PrepareHalt();
        await Commit();
        if (State.Phase.IsAtRest()) return;
        await HaltQuietly();
        await DriveOrRetry(verify: false);
    }

    /// <summary>
    /// What a device has saved is recorded whatever happened meanwhile: work that was told to stop goes on from it, and what an older
    /// generation saved is as right as what the present one will.
    /// </summary>
    private async Task<bool> Saved(WorkReport report, string document)
    {
        var isCurrent = Part.Generation == report.Generation;
        if (isCurrent && IsCurrent(report)) Observe(report.Progress);
        if (!WorkResults.Read(JobId, Logger, () => Record(document)))
        {
            if (isCurrent && !State.Phase.IsAtRest()) await EndBadly(WorkResults.Unreadable(JobId), JobPhase.Failed);
            return false;
        }
        if (isCurrent && State.Phase == JobPhase.Queued && !Part.Stopping) Become(JobPhase.Running, null);
        await Commit();
        return isCurrent;
    }

    private async Task<bool> Ended(WorkReport report)
    {
        if (!EndsWork(report))
        {
            if (!State.Phase.IsAtRest() && !Part.Stopping) await LostMember(report);
            return true;
        }
        _submitted = 0;
        var readable = report.State != WorkState.Completed
            || (report.Document is { } result && WorkResults.Read(JobId, Logger, () => Check(result)));
        if (report.State == WorkState.Completed && readable) Part.Result = report.Document;
        Observe(report.Progress);
        _reported.Forget();
        Progress = _reported.After(Progress);

        if (State.Phase.IsAtRest() || Part.Stopping)
        {
            // It ended as it was told to. The work is free for its next generation, if one is wanted.
            Part.Stopping = false;
            Part.Generation = 0;
            await Commit();
            if (!State.Phase.IsAtRest()) await DriveOrRetry(verify: false);
            return true;
        }

        switch (report.State)
        {
            case WorkState.Completed when !readable:
                await EndBadly(WorkResults.Unreadable(JobId), JobPhase.Failed);
                break;
            case WorkState.Completed:
                await Complete();
                if (IsGang) await WithdrawMembers();
                break;
            case WorkState.Failed:
                await EndBadly(report.Error ?? WorkTroubles.NoMessage(report), JobPhase.Failed);
                break;
            case WorkState.Diverged:
                var (phase, message) = GiveUp(report.Error ?? "The numbers went bad (NaN or infinity).");
                await EndBadly(message, phase);
                break;
            default:
                await Lost(report);
                break;
        }
        return true;
    }

    private async Task EndBadly(string message, JobPhase phase)
    {
        // The others of a gang are still at it and have to be stopped.
        if (!IsGang)
        {
            Part.Generation = 0;
            Part.Stopping = false;
        }
        await Rest(phase, message);
    }

    private void DrawGeneration() => Part.Generation = ++State.Generation;

    /// <summary>What is left of a gang goes on under the same generation.</summary>
    private async Task LostMember(WorkReport report)
    {
        if (!WorkTroubles.IsOne(report)) return;
        if (!await IsGivenUp(report)) await Commit();
    }

    /// <returns>True where the work was given up over it.</returns>
    private async Task<bool> IsGivenUp(WorkReport report)
    {
        if (!_counted.IsNew(report)) return false;
        var trouble = WorkTroubles.Count(Part, report, _reported.Reached, Logger);
        if (trouble is null) return false;
        var (phase, message) = GiveUp(trouble);
        await EndBadly(message, phase);
        return true;
    }

    private async Task Lost(WorkReport report)
    {
        if (await IsGivenUp(report)) return;
        DrawGeneration();
        Become(JobPhase.Queued, null);
        // What cannot be written was not taken: it is told again.
        await Commit();
        if (WorkTroubles.IsOne(report)) LoseSteps();
        await DriveOrRetry(verify: false);
    }

    private void LoseSteps()
    {
        if (Progress.Unit == "step") _recovery.Lost(Progress.Done, DurableUnits);
    }

    private Task Complete()
    {
        Conclude();
        return Finish();
    }

    /// <summary>Takes a gang's work out of the queue: members that have nothing more to do must not be followed by others.</summary>
    private async Task WithdrawMembers()
    {
        try
        {
            await Scheduler.Withdraw(JobId, Part.Generation);
        }
        catch (Exception e)
        {
            // Whoever is given it is refused when it comes.
            JobLog.HaltFailed(Logger, e, JobId);
        }
    }

    private bool IsGang => Workers.Max > 1;

    private void Observe(JobProgress progress)
    {
        if (progress is { Unit: "step", Total: > 0 }) _recovery.At(progress.Done);
        if (_reported.Take(progress)) Progress = _reported.After(Progress);
    }
}
