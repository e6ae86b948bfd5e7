using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Hosting;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Devices;

/// <summary>One device of this silo and the work on it. Outlives the activations of its worker grain.</summary>
internal sealed class DeviceSlot : IDisposable
{
    private readonly Lock _gate = new();
    private readonly DeviceThread _thread;
    private readonly CancellationToken _shuttingDown;
    private readonly IWorkItemFactory _factory;
    private readonly IArtifactStore _artifacts;
    private readonly IGrainFactory _grains;
    private readonly DataPlane _dataPlane;
    private readonly GrainsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _leaseEnd;
    private WorkRun? _run;
    private bool _isFenced;

    /// <summary>When the newest heartbeat that was granted was sent; answers come in any order.</summary>
    private long _renewed = long.MinValue;

    /// <summary>
    /// The newest lease it was told of. Numbers rise: what comes under one that is over or was refused comes late, and others may have it.
    /// </summary>
    private long _newestLease;

    /// <summary>What was to stop while the device waits to hear that it has it.</summary>
    private readonly List<WorkGeneration> _stoppedBefore = [];

    public DeviceSlot(
        ComputeDevice device, string worker, CancellationToken shuttingDown, IWorkItemFactory factory, IArtifactStore artifacts,
        IGrainFactory grains, DataPlane dataPlane, GrainsOptions options, TimeProvider time, ILogger logger)
    {
        Worker = worker;
        _thread = new DeviceThread(device, options.CheckDevice);
        _shuttingDown = shuttingDown;
        _factory = factory;
        _artifacts = artifacts;
        _grains = grains;
        _dataPlane = dataPlane;
        _options = options;
        _time = time;
        _logger = logger;
        // Begins with the first heartbeat that is granted: before it nobody can have given the device any work.
        _leaseEnd = time.CreateTimer(_ => Fence(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string Worker { get; }

    public ComputeDevice Device => _thread.Device;

    /// <summary>Opens the device before it is offered.</summary>
    /// <exception cref="Data.BadInputException">It cannot be used.</exception>
    public Task Open() => _thread.Open();

    public string? CurrentWork
    {
        get { lock (_gate) return _run is { HasEnded: false } run ? run.Work.WorkId : null; }
    }

    /// <summary>The device's thread does not come back from work that was given up.</summary>
    public bool IsHung
    {
        get { lock (_gate) return _run is { IsHung: true }; }
    }

    /// <summary>What a check after a failure found wrong with the device; null where nothing.</summary>
    public string? Problem
    {
        get { lock (_gate) return _run?.Problem; }
    }

    public Task Completion
    {
        get { lock (_gate) return _run?.Completion ?? Task.CompletedTask; }
    }

    /// <summary>A heartbeat that spoke of the device was granted: its leases are good for as long as the setting says.</summary>
    /// <param name="asked">When it was sent, by the time provider's timestamp.</param>
    public void Renewed(long asked)
    {
        lock (_gate)
        {
            var left = _options.Timings.LeaseTimeout - _time.GetElapsedTime(asked);
            if (left <= TimeSpan.Zero || asked < _renewed) return;
            (_renewed, _isFenced) = (asked, false);
            _leaseEnd.Change(left, Timeout.InfiniteTimeSpan);
        }
    }

    public bool TryRun(WorkAssignment work)
    {
        lock (_gate)
        {
            if (_run is { } present && present.Work.WorkId == work.WorkId && present.Work.Generation == work.Generation
                && present.Work.Lease == work.Lease)
            {
                if (present.HasEnded) present.ReleaseAgain();
                return true;
            }
            // Without a number: of a scheduler of an older version.
            if (work.Lease > 0 && work.Lease <= _newestLease) return false;
            _newestLease = Math.Max(_newestLease, work.Lease);
            if (_isFenced || _shuttingDown.IsCancellationRequested) return false;
            if (_run is { AwaitsNext: true } && _stoppedBefore.Any(s => s.WorkId == work.WorkId && s.Generation >= work.Generation))
                return false;
            if (_run is { HasEnded: false } busy)
            {
                if (busy.Work.WorkId == work.WorkId && busy.Work.Generation < work.Generation) busy.Stop();
                return false;
            }
            _run = new WorkRun(
                Worker, work, _grains.GetGrain<IDeviceSchedulerGrain>("default"), _dataPlane, _options, _shuttingDown, _time, _logger);
            _stoppedBefore.Clear();
            _run.Start(_thread, _factory, _artifacts, TryRun);
            return true;
        }
    }

    public void Stop(string workId, long generation)
    {
        lock (_gate)
        {
            if (_run is not { } run) return;
            if (run.AwaitsNext) _stoppedBefore.Add(new WorkGeneration(workId, generation));
            else if (!run.HasEnded && run.Work.WorkId == workId && run.Work.Generation <= generation) run.Stop();
        }
    }

    public void Dispose()
    {
        _leaseEnd.Dispose();
        _thread.Dispose();
    }

    /// <summary>Others may have the work by now: it ends here before they can meet.</summary>
    private void Fence()
    {
        lock (_gate)
        {
            _isFenced = true;
            if (_run is not { HasEnded: false } run) return;
            DeviceSlotLog.Fenced(_logger, Worker, run.Work.WorkId, _options.Timings.LeaseTimeout);
            run.Stop();
        }
    }
}
