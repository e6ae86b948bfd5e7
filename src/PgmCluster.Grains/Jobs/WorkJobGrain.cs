using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Calls;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Jobs.Units.Kept;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Jobs;

/// <summary>
/// A job made of units that are each done by one device: any number in any order, then perhaps a last one that needs all their results.
/// </summary>
/// <remarks>
/// How to make a job of units: <see cref="JobGrain{TState,TRequest}.Plan"/> lays them out as runs
/// (<see cref="WorkJobState{TRequest}.Units"/>), <see cref="Describe"/> says what one has to compute, <see cref="Check"/> what its
/// result must be like, <see cref="DescribeLast"/> and <see cref="Conclude"/> put the results together (<see cref="Results"/>). Each
/// unit is a grain with a fence, attempts, troubles and its result (<see cref="WorkUnitGrain"/>), and the owner of its work; the job
/// starts them and hears from them.
/// </remarks>
public abstract class WorkJobGrain<TState, TRequest> : JobGrain<TState, TRequest>, IUnitJob, IWorkOwner
    where TState : WorkJobState<TRequest>, new()
    where TRequest : class
{
    /// <summary>Units that are started, asked or cancelled in one turn; others have their turns between.</summary>
    private const int AtOnce = 256;

    /// <summary>What is done is written so often: it is known to the units before.</summary>
    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(1);

    private UnitBoard? _board;
    private TState? _boardOf;
    private IGrainTimer? _more;
    private IGrainTimer? _write;
    private KnownResults? _known;

    /// <summary>The last unit's work: made out of all results, and asked for again whenever the job is woken.</summary>
    private (string Kind, string Document)? _last;

    /// <summary>Index of the unit at which halting goes on; 0 where it is done, or begins.</summary>
    private int _haltedTo;

    protected WorkJobGrain(IPersistentState<TState> storage, TimeProvider time, ILogger logger) : base(storage, time, logger) { }

    protected override int NewestFormat => 2;

    protected override string? WaitingWork => Board.Open().Select(WorkId).FirstOrDefault();

    private KnownResults Known => _known ??= new KnownResults(ServiceProvider.GetRequiredService<ResultRoom>());

    private protected UnitBoard Board
    {
        get
        {
            if (_board is not null && _boardOf == State) return _board;
            if (State.Done.Length < UnitBoard.BytesFor(State.Units)) State.Done = new byte[UnitBoard.BytesFor(State.Units)];
            (_board, _boardOf) = (new UnitBoard(State.Units, State.Done), State);
            return _board;
        }
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (State is { FormatVersion: < 2, Request: not null, Units.Count: 0, Phase: not JobPhase.Completed }) await TakeOver();
        await base.OnActivateAsync(cancellationToken);
        // How far an earlier activation came with halting its units is not known.
        if (State is { Request: not null, Phase: JobPhase.Cancelled or JobPhase.Failed or JobPhase.Paused }) GoOn(HaltOn);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Known.Clear();
        return base.OnDeactivateAsync(reason, cancellationToken);
    }

    async Task<bool> IUnitJob.UnitChanged(UnitNews news)
    {
        if (State.Request is null || news.Index < 0 || news.Index >= Board.Count) return false;
        if (Board.IsDone(news.Index)) return true;
        if (news.Attempt != State.Attempt && news.Phase != JobPhase.Completed) return false;
        var atRest = State.Phase.IsAtRest();
        await Take(news);
        // Where one was not halted, others may not have been either.
        if (atRest && State.Phase != JobPhase.Completed && _haltedTo == 0) GoOn(HaltOn);
        if (!State.Phase.IsAtRest() && news.Phase == JobPhase.Completed) await DriveOrRetry(verify: false);
        return news.Phase == JobPhase.Completed || !State.Phase.IsAtRest();
    }

    /// <remarks>Only of work that was queued before units were the owners of their work: it is theirs now.</remarks>
    Task<bool> IWorkOwner.Report(WorkReport report) => report.WorkId.StartsWith($"{JobId}/", StringComparison.Ordinal)
        ? GrainFactory.GetGrain<IWorkUnitGrain>(report.WorkId).AsReference<IWorkOwner>().Report(report)
        : Task.FromResult(false);

    protected override async Task<string?> PartsInUse() =>
        await UnitDeletion.MustWait(Board.Open().Select(WorkId), Scheduler) ? DeletedJobs.StillWorkedFor : null;

    protected override Task DeleteParts() =>
        UnitDeletion.Of([.. Enumerable.Range(0, Board.Count).Select(i => WorkId(Board[i]))], GrainFactory);

    /// <summary>The work of a unit for its device; not of the last one. A function of the state alone.</summary>
    protected abstract (string Kind, string Document) Describe(WorkUnit unit);

    /// <summary>The work of the unit that waits for all others, out of their results; called once all have one.</summary>
    protected virtual Task<(string Kind, string Document)> DescribeLast() =>
        throw new NotSupportedException($"Job '{JobId}' has no unit that waits for the others.");

    /// <summary>Checks a unit's result before it counts.</summary>
    /// <exception cref="JsonException">It cannot be read.</exception>
    /// <exception cref="PgmException">It is not what was asked for.</exception>
    protected abstract void Check(WorkUnit unit, string result);

    /// <summary>Makes the job's result out of its units'; called once all have one.</summary>
    protected abstract Task Conclude();

    /// <summary>The job's progress out of its units': in images where they have any.</summary>
    protected virtual JobProgress Combine() => Board.Progress();

    /// <summary>The units of a job that a version without units began, and what it knew of each, by index.</summary>
    protected virtual Task<(List<UnitRun> Units, IReadOnlyList<WorkRecord> Known)> FormerUnits() =>
        Task.FromResult<(List<UnitRun>, IReadOnlyList<WorkRecord>)>((UnitRun.Of(State.Parts), State.Parts));

    /// <summary>The results of the units of a run, in order, whichever ended first.</summary>
    /// <typeparam name="T">What a result's document holds.</typeparam>
    /// <exception cref="PgmException">A unit has lost its result and is done again.</exception>
    protected async Task<IReadOnlyList<T>> Results<T>(string run)
    {
        var units = Board.Of(run).ToList();
        var documents = await ManyCalls.Of(
            units, unit => Known.Of(unit.Index) is { } known ? Task.FromResult<string?>(known) : Unit(unit).GetResult());
        if (documents.Contains(null)) _last = null;
        foreach (var unit in units.Where((_, i) => documents[i] is null)) Board.MarkOpen(unit.Index);
        return [.. documents.Select((document, i) => WorkJson.Read<T>(document ?? throw new PgmException(
            $"Putting job '{JobId}' together: {WorkId(units[i])} has no result. It is done again.")))];
    }

    protected override async Task Drive(bool verify)
    {
        if (Board.IsComplete)
        {
            await Conclude();
            await Finish();
            Known.Clear();
            return;
        }
        if (verify) Board.Doubt(AtOnce);
        await StartUnits(Board.Due(AtOnce).ToList());
        if (State.Phase.IsAtRest()) return;
        if (Board.IsComplete || Board.Due(1).Any()) GoOn(DriveOn);
    }

    protected override void PrepareHalt()
    {
        Board.Clear();
        Known.Clear();
        _haltedTo = 0;
    }

    protected override void PrepareRestart()
    {
        Board.Clear();
        _last = null;
    }

    protected override async Task Halt()
    {
        var open = Board.Open(_haltedTo).Take(AtOnce).ToList();
        await UnitWithdrawal.Of([.. open.Select(WorkId)], State.Attempt, Scheduler, GrainFactory, Logger);
        _haltedTo = open.Count < AtOnce ? 0 : open[^1].Index + 1;
        if (_haltedTo > 0) GoOn(HaltOn);
    }

    private async Task StartUnits(List<WorkUnit> units)
    {
        if (units.Count == 0) return;
        var known = await Scheduler.GetGenerations([.. units.Select(WorkId)]);
        var (started, failures) = await ManyCalls.Try(
            units.Zip(known).ToList(), async start => await Unit(start.First).Start(await Assignment(start.First), start.Second));
        var submissions = started.Select(s => s.Submission).OfType<WorkAssignment>().ToList();
        if (submissions.Count > 0) await Scheduler.Submit(submissions);
        foreach (var start in started) Board.MarkStarted(start.News.Index);
        foreach (var start in started)
        {
            if (!Board.IsDone(start.News.Index)) await Take(start.News);
            if (State.Phase.IsAtRest()) return;
        }
        if (failures.OfType<JobFailedException>().FirstOrDefault() is { } hopeless) throw hopeless;
        if (failures.Count > 0)
            throw new PgmException(
                $"Starting units of job '{JobId}': {failures.Count} of {units.Count} could not be started. They are tried again; the first "
                + $"said: {failures[0].Message}", failures[0]);
    }

    private async Task<UnitAssignment> Assignment(WorkUnit unit) => UnitAssignment.Of(
        this.GetGrainId(), unit, unit.Last ? _last ??= await DescribeLast() : Describe(unit), State.Attempt, State.Generation,
        (State.Request as IScheduledRequest)?.Scheduling);

    /// <summary>Takes note of how a unit stands.</summary>
    private async Task Take(UnitNews news)
    {
        var unit = Board[news.Index];
        switch (news.Phase)
        {
            // Kept even where the job is at rest: what is done is done.
            case JobPhase.Completed:
                await TakeResult(unit, news.Result ?? "");
                break;
            case var _ when State.Phase.IsAtRest():
                break;
            case JobPhase.Failed:
                Board.End(unit.Index);
                await Rest(JobPhase.Failed, news.Message ?? $"Work {WorkId(unit)} failed without a message.");
                break;
            case JobPhase.Running:
                if (Board.Observe(news)) await Show(JobPhase.Running);
                break;
            default:
                if (news.Unqueued)
                {
                    Board.MarkNotStarted(unit.Index);
                    DriveSoon(DriveAgainAfter);
                }
                // Others that are at work keep the job running.
                if (Board.End(unit.Index)) await Show(Board.Running.Count > 0 ? JobPhase.Running : JobPhase.Queued);
                break;
        }
    }

    private async Task TakeResult(WorkUnit unit, string result)
    {
        if (!WorkResults.Read(WorkId(unit), Logger, () => Check(unit, result)))
        {
            var message = WorkResults.Unreadable(WorkId(unit));
            await Unit(unit).Refuse(message);
            if (!State.Phase.IsAtRest()) await Rest(JobPhase.Failed, message);
            return;
        }
        if (!State.Phase.IsAtRest()) Known.Take(unit.Index, result);
        Board.MarkDone(unit.Index);
        if (!State.Phase.IsAtRest())
        {
            await Show(JobPhase.Running);
            _write ??= this.RegisterGrainTimer(static (grain, _) => grain.WriteDone(), this, WriteEvery, Timeout.InfiniteTimeSpan);
            return;
        }
        Progress = Combine();
        await Commit();
    }

    /// <summary>Shows how the units stand; written where it is more than progress.</summary>
    private async Task Show(JobPhase phase)
    {
        Progress = Combine();
        var message = Board.Waiting;
        if (State.Phase == phase && State.Message == message)
        {
            Advance(Progress);
            return;
        }
        if (State.Phase == phase) State.Message = message;
        else Become(phase, message);
        await Commit();
    }

    private Task WriteDone()
    {
        _write?.Dispose();
        _write = null;
        return State.Phase.IsAtRest() ? Task.CompletedTask : Commit();
    }

    /// <summary>Goes on in a turn of its own, after those of others that wait.</summary>
    private void GoOn(Func<Task> next)
    {
        _more?.Dispose();
        _more = this.RegisterGrainTimer(static (next, _) => next(), next, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private Task DriveOn() => State.Phase.IsAtRest() ? Task.CompletedTask : DriveOrRetry(verify: false);

    private Task HaltOn() => State.Phase.IsAtRest() ? HaltQuietly() : Task.CompletedTask;

    /// <summary>Makes units of what a version without them stored. Done again from the beginning where it was not finished.</summary>
    private async Task TakeOver()
    {
        var (units, known) = await FormerUnits();
        (State.Units, State.Done) = (units, new byte[UnitBoard.BytesFor(units)]);
        var records = known.Select((record, index) => (Record: record, Unit: Board[index])).ToList();
        await ManyCalls.Of(
            records.Where(r => r.Record.Generation > 0 || r.Record.Result is not null).ToList(), r => Unit(r.Unit).TakeOver(r.Record));
        foreach (var (_, unit) in records.Where(r => r.Record.Result is not null)) Board.MarkDone(unit.Index);
        (State.Parts, State.FormatVersion) = ([], NewestFormat);
        await Write();
    }

    private string WorkId(WorkUnit unit) => $"{JobId}/{unit.Name}";

    private protected IWorkUnitGrain Unit(WorkUnit unit) => GrainFactory.GetGrain<IWorkUnitGrain>(WorkId(unit));
}
