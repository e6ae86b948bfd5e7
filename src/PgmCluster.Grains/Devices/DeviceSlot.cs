using PgmCluster.Contracts.Devices;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Work;

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
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private WorkRun? _run;

    public DeviceSlot(
        ComputeDevice device, string worker, CancellationToken shuttingDown, IWorkItemFactory factory, IArtifactStore artifacts, IGrainFactory grains, TimeProvider time, ILogger logger)
    {
        Worker = worker;
        _thread = new DeviceThread(device);
        _shuttingDown = shuttingDown;
        _factory = factory;
        _artifacts = artifacts;
        _grains = grains;
        _time = time;
        _logger = logger;
    }

    public string Worker { get; }

    public ComputeDevice Device => _thread.Device;

    public string? CurrentWork
    {
        get { lock (_gate) return _run is { HasEnded: false } run ? run.Work.WorkId : null; }
    }

    public Task Completion
    {
        get { lock (_gate) return _run?.Completion ?? Task.CompletedTask; }
    }

    public bool TryRun(WorkAssignment work)
    {
        lock (_gate)
        {
            if (_run is { } present && present.Work.WorkId == work.WorkId && present.Work.Generation == work.Generation)
            {
                if (present.HasEnded) present.ReleaseAgain();
                return true;
            }
            if (_shuttingDown.IsCancellationRequested) return false;
            if (_run is { HasEnded: false } busy)
            {
                if (busy.Work.WorkId == work.WorkId && busy.Work.Generation < work.Generation) busy.Stop();
                return false;
            }
            _run = new WorkRun(Worker, work, _grains.GetGrain<IDeviceSchedulerGrain>("default"), _shuttingDown, _time, _logger);
            _run.Start(_thread, _factory, _artifacts);
            return true;
        }
    }

    public void Stop(string workId, long generation)
    {
        lock (_gate)
        {
            if (_run is { HasEnded: false } run && run.Work.WorkId == workId && run.Work.Generation <= generation) run.Stop();
        }
    }

    public void Dispose() => _thread.Dispose();
}
