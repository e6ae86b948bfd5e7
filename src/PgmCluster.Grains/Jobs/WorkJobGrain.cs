using System.Text.Json;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs;

/// <summary>
/// A job whose parts are each done by one device: any number of parts in any order, then perhaps a last one that needs all their
/// results. Each part has its own generation, drawn from the job's counter.
/// </summary>
public abstract class WorkJobGrain<TState, TRequest> : JobGrain<TState, TRequest>, IWorkOwner
    where TState : WorkJobState<TRequest>, new()
    where TRequest : class
{
    /// <summary>Parts that are queued at a time, so that the scheduler's state stays small.</summary>
    private const int Window = 64;

    private readonly Dictionary<string, long> _submitted = [];
    private readonly PartsProgress _parts = new();

    protected WorkJobGrain(IPersistentState<TState> storage, TimeProvider time, ILogger logger) : base(storage, time, logger) { }

    /// <summary>Devices that a part must have and can use: above 1 it is done by a gang.</summary>
    protected virtual (int Min, int Max) Workers => (1, 1);

    /// <summary>The fingerprint that a part's devices must have; null for any.</summary>
    protected virtual string? Numerics => null;

    protected override string? WaitingWork => Due().Select(WorkId).FirstOrDefault();

    public async Task<bool> Report(WorkReport report)
    {
        var part = State.Parts.FirstOrDefault(p => WorkId(p) == report.WorkId);
        if (part is null || part.Result is not null) return false;
        if (report is { State: WorkState.Running, Document: { } saved } && report.Generation > 0 && report.Generation <= State.Generation)
            return await Saved(part, report, saved);
        if (part.Generation != report.Generation) return false;
        if (!IsCurrent(report))
        {
            if (report.State != WorkState.Running) EndsWork(report);
            return false;
        }
        if (report.State != WorkState.Running) return await Ended(part, report);
        if (State.Phase.IsAtRest() || part.Stopping) return false;
        Observe(part, report.Progress);
        _parts.TakeWaiting(part.Name, report.Error);
        if (State.Phase == JobPhase.Running && State.Message == _parts.Waiting)
        {
            Advance(Progress);
            return true;
        }
        if (State.Phase == JobPhase.Running) State.Message = _parts.Waiting;
        else Become(JobPhase.Running, _parts.Waiting);
        await Commit();
        return true;
    }

    /// <summary>The work of a part for its device. A function of the state alone.</summary>
    protected abstract (string Kind, string Document) Describe(WorkPart part);

    /// <summary>Checks a part's result before it is recorded.</summary>
    /// <exception cref="JsonException">It cannot be read.</exception>
    protected abstract void Check(WorkPart part, string result);

    /// <summary>Takes a durable intermediate state into the job's state. It may come from work that is over, after newer ones.</summary>
    /// <exception cref="JsonException">It cannot be read.</exception>
    protected virtual void Record(WorkPart part, string document) { }

    /// <summary>Whether the report comes from the gang that counts. Work of one device is fenced by its generation alone.</summary>
    protected virtual bool IsCurrent(WorkReport report) => true;

    /// <summary>Takes note of a member's end. False where others of its gang go on with the work.</summary>
    protected virtual bool EndsWork(WorkReport report) => true;

    /// <summary>Makes the job's result out of its parts'; called once all have one.</summary>
    protected abstract void Conclude();

    /// <summary>What becomes of the job where a retry would repeat the trouble, and the words for it.</summary>
    protected virtual (JobPhase Phase, string Message) GiveUp(string trouble) => (JobPhase.Failed, trouble);

    /// <summary>The job's progress out of its parts'.</summary>
    protected virtual JobProgress Combine(IReadOnlyDictionary<string, JobProgress> running) => PartsProgress.OfImages(State.Parts, running);

    protected string WorkId(WorkPart part) => part.Name.Length == 0 ? JobId : $"{JobId}/{part.Name}";

    protected override async Task Drive(bool verify)
    {
        if (State.Parts.All(p => p.Result is not null))
        {
            await Complete();
            return;
        }
        if (verify) _submitted.Clear();
        var toSubmit = new List<WorkPart>();
        var changed = false;
        foreach (var part in Due())
        {
            if (_submitted.TryGetValue(part.Name, out var generation) && generation == part.Generation) continue;
            var mayRunSomewhere = part.Generation > 0 && (part.Stopping || State.Phase == JobPhase.Running);
            if (mayRunSomewhere && await Scheduler.Find(WorkId(part)) is { } known && known.Generation == part.Generation)
            {
                if (part.Stopping) DriveSoon(DriveAgainAfter);
                else _submitted[part.Name] = part.Generation;
                continue;
            }
            if (part.Generation == 0 || mayRunSomewhere)
            {
                part.Stopping = false;
                part.Generation = ++State.Generation;
                changed = true;
            }
            toSubmit.Add(part);
        }
        if (changed) await Commit();
        var scheduling = (State.Request as IScheduledRequest)?.Scheduling;
        foreach (var part in toSubmit)
        {
            var (kind, document) = Describe(part);
            await Scheduler.Submit(new WorkAssignment
            {
                WorkId = WorkId(part),
                Generation = part.Generation,
                Kind = kind,
                Document = document,
                Owner = this.AsReference<IWorkOwner>(),
                MinWorkers = Workers.Min,
                MaxWorkers = Workers.Max,
                Priority = scheduling?.Priority ?? 0,
                User = scheduling?.User ?? "",
                Numerics = Numerics,
            });
            _submitted[part.Name] = part.Generation;
        }
    }

    protected override void PrepareHalt()
    {
        foreach (var part in State.Parts.Where(p => p.Result is null && p.Generation > 0)) part.Stopping = true;
        _parts.Clear();
    }

    protected override async Task Halt()
    {
        foreach (var part in State.Parts.Where(p => p.Result is null && p.Stopping))
            await Scheduler.Withdraw(WorkId(part), part.Generation);
    }

    protected override void PrepareRestart()
    {
        foreach (var part in State.Parts.Where(p => p.Result is null))
        {
            part.Losses = 0;
            part.FaultedOn = [];
            if (!part.Stopping) part.Generation = 0;
        }
    }

    private IEnumerable<WorkPart> Due()
    {
        var open = State.Parts.Where(p => p.Result is null).ToList();
        return open.Any(p => !p.Last) ? open.Where(p => !p.Last).Take(Window) : open;
    }

    /// <summary>
    /// What a device has saved is recorded whatever happened meanwhile: work that was told to stop goes on from it, and what an older
    /// generation saved is as right as what the present one will.
    /// </summary>
    private async Task<bool> Saved(WorkPart part, WorkReport report, string document)
    {
        var isCurrent = part.Generation == report.Generation;
        if (isCurrent && IsCurrent(report)) Observe(part, report.Progress);
        if (!PartResults.Read(WorkId(part), Logger, () => Record(part, document)))
        {
            if (isCurrent && !State.Phase.IsAtRest()) await EndBadly(part, PartResults.Unreadable(report), JobPhase.Failed);
            return false;
        }
        if (isCurrent && State.Phase == JobPhase.Queued && !part.Stopping) Become(JobPhase.Running, null);
        await Commit();
        return isCurrent;
    }

    private async Task<bool> Ended(WorkPart part, WorkReport report)
    {
        if (!EndsWork(report))
        {
            if (!State.Phase.IsAtRest() && !part.Stopping) await LostMember(part, report);
            return true;
        }
        _submitted.Remove(part.Name);
        var readable = report.State != WorkState.Completed
            || (report.Document is { } result && PartResults.Read(WorkId(part), Logger, () => Check(part, result)));
        if (report.State == WorkState.Completed && readable) part.Result = report.Document;
        Observe(part, report.Progress);
        _parts.End(part.Name);
        SetProgress(Combine(_parts.Running));

        if (State.Phase.IsAtRest() || part.Stopping)
        {
            // It ended as it was told to. The part is free for its next generation, if one is wanted.
            part.Stopping = false;
            part.Generation = 0;
            await Commit();
            if (!State.Phase.IsAtRest()) await DriveOrRetry(verify: false);
            return true;
        }

        switch (report.State)
        {
            case WorkState.Completed when !readable:
                await EndBadly(part, PartResults.Unreadable(report), JobPhase.Failed);
                break;
            case WorkState.Completed when State.Parts.All(p => p.Result is not null):
                await Complete();
                if (IsGang) await PartResults.Withdraw(Scheduler, JobId, WorkId(part), part.Generation, Logger);
                break;
            case WorkState.Completed:
                if (State.Phase == JobPhase.Queued) Become(JobPhase.Running, null);
                await Commit();
                await DriveOrRetry(verify: false);
                break;
            case WorkState.Failed:
                await EndBadly(part, report.Error ?? $"Work {report.WorkId} failed without a message.", JobPhase.Failed);
                break;
            case WorkState.Diverged:
                var (phase, message) = GiveUp(report.Error ?? "The numbers went bad (NaN or infinity).");
                await EndBadly(part, message, phase);
                break;
            default:
                await LostOne(part, report);
                break;
        }
        return true;
    }

    private async Task EndBadly(WorkPart part, string message, JobPhase phase)
    {
        // The others of a gang are still at it and have to be stopped.
        if (!IsGang)
        {
            part.Generation = 0;
            part.Stopping = false;
        }
        await Rest(phase, message);
    }

    /// <summary>What is left of a gang goes on under the same generation.</summary>
    private async Task LostMember(WorkPart part, WorkReport report)
    {
        if (report is not ({ State: WorkState.Lost, Orderly: false } or { State: WorkState.Faulted })) return;
        if (!await IsGivenUp(part, report)) await Commit();
    }

    /// <returns>True where the work was given up over it.</returns>
    private async Task<bool> IsGivenUp(WorkPart part, WorkReport report)
    {
        var trouble = PartTroubles.Count(part, report, _parts.Reached(part.Name), Logger);
        if (trouble is null) return false;
        var (phase, message) = GiveUp(trouble);
        await EndBadly(part, message, phase);
        return true;
    }

    private async Task LostOne(WorkPart part, WorkReport report)
    {
        if (await IsGivenUp(part, report)) return;
        part.Generation = 0;
        if (_parts.Running.Count == 0) Become(JobPhase.Queued, null);
        // Drive draws the new generation and writes before it submits.
        await DriveOrRetry(verify: false);
    }

    private async Task Complete()
    {
        Conclude();
        BecomeThroughRunning(JobPhase.Completed, null);
        SetProgress(Progress with { Done = Progress.Total, UnitsPerSecond = null });
        await Commit();
        JobLog.AtRest(Logger, Kind, JobId, JobPhase.Completed, null);
    }

    private bool IsGang => Workers.Max > 1;

    private void Observe(WorkPart part, JobProgress progress)
    {
        if (_parts.Observe(part.Name, progress)) SetProgress(Combine(_parts.Running));
    }
}
