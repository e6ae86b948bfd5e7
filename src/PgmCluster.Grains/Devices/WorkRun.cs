using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Metering;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Devices;

/// <summary>
/// One assignment on one device, from the start to the owner's receipt of the last report. Runs on pool threads beside the device's
/// own, never in a grain's turn.
/// </summary>
internal sealed partial class WorkRun
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(200), WatchInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long work that was asked to end tries to hand over what it saved.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(15);

    private readonly string _worker;
    private readonly OwnerLine _line;
    private readonly CancellationToken _shuttingDown;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ImportRoots _imports;
    private readonly GangChannel? _gang;
    private readonly ProgressWatch _watch;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _progressMade = new(0, 1);
    private WorkProgress? _unreported;
    private JobProgress _latest = new();
    private volatile string? _waits;
    private volatile DeviceRecheck? _recheck;
    private volatile bool _ended, _awaitsNext, _isOwnerGone, _refused;

    /// <summary>What the device's thread still does although the work was given up; set where it hangs.</summary>
    private volatile Task? _hung;

    public WorkRun(
        string worker, WorkAssignment work, IDeviceSchedulerGrain scheduler, DataPlane dataPlane, GrainsOptions options,
        CancellationToken shuttingDown, TimeProvider time, ILogger logger)
    {
        _worker = worker;
        _imports = options.Imports;
        Work = work;
        _logger = logger = About(logger);
        _line = new OwnerLine(worker, work, scheduler, options.Timings, time, logger);
        _shuttingDown = shuttingDown;
        _time = time;
        _watch = new ProgressWatch(dataPlane.Options.HungFloor, dataPlane.Options.HungFactor, time);
        if (work.MaxWorkers > 1) _gang = new GangChannel(worker, work, dataPlane, _line, Refuse, _stop.Token, shuttingDown, time, logger);
    }

    public WorkAssignment Work { get; }

    /// <summary>The owner has the last report: the device is free.</summary>
    public bool HasEnded => _ended;

    /// <summary>The device is free, and has not heard yet what it is given next.</summary>
    public bool AwaitsNext => _awaitsNext;

    /// <summary>The work was given up, and the device's thread has not come back from it.</summary>
    public bool IsHung => _hung is { IsCompleted: false };

    /// <summary>What was found wrong with the device after the work failed on it; null where nothing.</summary>
    public string? Problem => _recheck?.Problem;

    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <param name="device">Computes.</param>
    /// <param name="factory">Makes the work item.</param>
    /// <param name="artifacts">What it reads and writes.</param>
    /// <param name="next">Begins what the device is given next; false where it cannot.</param>
    public void Start(DeviceThread device, IWorkItemFactory factory, IArtifactStore artifacts, Func<WorkAssignment, bool> next) =>
        Completion = Task.Run(() => RunToEnd(device, factory, artifacts, next));

    public void Stop() => _ = _stop.CancelAsync();

    /// <summary>Tells the scheduler once more that the device is free of this work.</summary>
    public void ReleaseAgain() => _ = Task.Run(() => _line.Release());

    private async Task RunToEnd(
        DeviceThread device, IWorkItemFactory factory, IArtifactStore artifacts, Func<WorkAssignment, bool> next)
    {
        LogStarted(Work.WorkId, Work.Generation, _worker);
        var last = await Compute(device, factory, artifacts);
        _gang?.Dispose();
        LogEnded(Work.WorkId, Work.Generation, last.State);
        WorkMeters.HasEnded(Work.Kind, last.State);
        await _line.Deliver(last);
        if (_hung is { } hung)
        {
            await _line.Release();
            // The device takes nothing else until its thread is back.
            await hung.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ended = true;
            LogReturned(_worker, Work.WorkId);
            return;
        }
        if (last.State == WorkState.Faulted)
        {
            _recheck = new DeviceRecheck(_worker, device, _time, _logger, _shuttingDown);
            await _recheck.AwaitSound(Work.WorkId, () => _line.Release());
        }
        _awaitsNext = true;
        _ended = true;
        var takesNext = !_shuttingDown.IsCancellationRequested && Problem is null;
        var given = await _line.Release(takesNext);
        var isRefused = given is not null && !next(given);
        _awaitsNext = false;
        if (isRefused) await _line.Refuse(given!);
    }

    private async Task<WorkReport> Compute(DeviceThread device, IWorkItemFactory factory, IArtifactStore artifacts)
    {
        try
        {
            var item = factory.Create(Work.Kind, Work.Document);
            var result = device.Run(item, new WorkContext
            {
                Generation = Work.Generation,
                Device = device.Device,
                Cores = device.Device.Threads,
                Artifacts = artifacts,
                Imports = _imports,
                Stopped = _stop.Token,
                ShuttingDown = _shuttingDown,
                Progress = TakeProgress,
                Publish = Publish,
                Gang = _gang,
                Drawing = DrawingChannel.Of(Work, _line, Refuse, _stop.Token, _shuttingDown, _time, _logger),
                Judge = _watch.Judge,
                Waits = TakeWaiting,
                Warn = line => LogWarning(Work.WorkId, _worker, line),
            });
            await ReportWhileRunning(result);
            if (!result.IsCompleted)
            {
                _hung = result;
                await _stop.CancelAsync();
                return Report(WorkState.Lost);
            }
            return Report(WorkState.Completed) with { Document = await result };
        }
        catch (Exception e) when (e is WorkInterruptedException or OperationCanceledException)
        {
            if (_stop.IsCancellationRequested) return Report(WorkState.Stopped);
            if (_shuttingDown.IsCancellationRequested || _isOwnerGone) return Report(WorkState.Lost) with { Orderly = true };
            return Failure(e);
        }
        catch (WorkParkedException e)
        {
            return Report(WorkState.Diverged) with { Error = ErrorLine.Of(e) };
        }
        catch (Exception e) when (e is WorkFaultedException || WorkFaultedException.IsFault(e))
        {
            var (failure, unit) = (Failure(e), (e as WorkFaultedException)?.Unit);
            return failure with { State = WorkState.Faulted, Progress = failure.Progress with { Done = unit ?? failure.Progress.Done } };
        }
        catch (Exception e)
        {
            return Failure(e);
        }
    }

    /// <returns>When the work has ended, or hangs.</returns>
    private async Task ReportWhileRunning(Task<string> result)
    {
        // Of what ends at once only the end is told. A gang's owner counts its members from the beginning.
        if (_gang is null)
            await ((Task)result).WaitAsync(ReportInterval, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (result.IsCompleted) return;
        await TryReport(Report(WorkState.Running));
        var progress = _progressMade.WaitAsync();
        while (!result.IsCompleted)
        {
            await Task.WhenAny(result, progress, Task.Delay(WatchInterval, _time));
            // Members of a gang judge each other, and wait for each other.
            if (_gang is null && _watch.HungFor is { } duration)
            {
                LogHung(_worker, Work.WorkId, duration);
                return;
            }
            if (!progress.IsCompleted) continue;
            progress = _progressMade.WaitAsync();
            if (Interlocked.Exchange(ref _unreported, null) is null || result.IsCompleted) continue;
            await TryReport(Report(WorkState.Running));
            await Task.WhenAny(result, Task.Delay(ReportInterval, _time));
        }
    }

    private void TakeProgress(WorkProgress progress)
    {
        _watch.Advanced();
        if (progress.Done >= progress.Total) _watch.Judge(false);
        WorkMeters.Done(Work.Kind, progress.Unit, progress.Done - Volatile.Read(ref _latest).Done);
        Volatile.Write(ref _latest, new JobProgress
        {
            Done = progress.Done,
            Total = progress.Total,
            Unit = progress.Unit,
            UnitsPerSecond = progress.UnitsPerSecond,
            Loss = progress.Loss,
            ValidationLoss = progress.ValidationLoss,
        });
        Wake(progress);
    }

    private void TakeWaiting(string? what)
    {
        _waits = what;
        Wake(new WorkProgress(0, 0, ""));
    }

    private void Wake(WorkProgress unreported)
    {
        if (Interlocked.Exchange(ref _unreported, unreported) is not null) return;
        try
        {
            _progressMade.Release();
        }
        catch (SemaphoreFullException)
        {
            // The reporter has been woken already and reads the newest progress.
        }
    }

    /// <remarks>Also where the work was refused: what it has saved may be the newest there is.</remarks>
    private bool Publish(string document)
    {
        var report = Report(WorkState.Running) with { Document = document };
        var begun = _time.GetTimestamp();
        long? endAsked = null;
        while (true)
        {
            try
            {
                return Answered(Task.Run(() => _line.Tell(report)).GetAwaiter().GetResult());
            }
            catch (Exception e)
            {
                _line.Unreachable(e, "record an intermediate state");
                if (_stop.IsCancellationRequested || _shuttingDown.IsCancellationRequested)
                {
                    endAsked ??= _time.GetTimestamp();
                    if (_time.GetElapsedTime(endAsked.Value) > LastWords)
                        throw new WorkInterruptedException("Asked to end while the owner could not be reached.");
                }
                _isOwnerGone = _line.IsOverdue(begun);
                if (_isOwnerGone) throw new WorkInterruptedException("The owner could not be reached for too long.");
                Thread.Sleep(OwnerLine.RetryDelay);
            }
        }
    }

    private async Task TryReport(WorkReport report)
    {
        if (await _line.TryTell(report) is { } wanted) Answered(wanted);
    }

    private bool Answered(bool wanted)
    {
        // A member whose report came under a generation that is over goes to the next meeting; whether it is still wanted it hears there.
        if (!wanted && _gang is null) Refuse();
        return wanted;
    }

    private void Refuse()
    {
        if (_refused) return;
        _refused = true;
        LogRefused(Work.WorkId, Work.Generation);
        Stop();
    }

    private WorkReport Report(WorkState state) => new()
    {
        WorkId = Work.WorkId,
        Generation = Work.Generation,
        State = state,
        Progress = Volatile.Read(ref _latest),
        Worker = _worker,
        Remaining = -1,
        GangGeneration = _gang?.Generation ?? 0,
        Lease = Work.Lease,
        Error = state == WorkState.Running ? _waits : null,
    };

    private WorkReport Failure(Exception e)
    {
        LogFailed(e, Work.WorkId, Work.Generation, _worker);
        var isMemory = (e.InnerException ?? e) is OutOfMemoryException;
        return Report(WorkState.Failed) with { Error = isMemory ? $"Out of memory on {_worker}: {ErrorLine.Of(e)}" : ErrorLine.Of(e) };
    }
}
