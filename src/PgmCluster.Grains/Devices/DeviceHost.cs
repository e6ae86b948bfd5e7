using PgmCluster.Contracts.Devices;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Hosting;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Devices;

/// <summary>The devices of this silo, one thread each. When the silo leaves, their work gets time to save what it has.</summary>
public sealed partial class DeviceHost : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    /// <summary>What keeps others from giving its devices anything.</summary>
    private const string Leaves = "its silo is leaving";

    private readonly CancellationTokenSource _shuttingDown = new();
    private readonly List<DeviceSlot> _slots;
    private readonly ILogger<DeviceHost> _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _drainTimeout;
    private readonly string _siloName;
    private volatile bool _hasDrained;

    public DeviceHost(
        GrainsOptions options, ILocalSiloDetails silo, IWorkItemFactory factory, IArtifactStore artifacts, IGrainFactory grains,
        DataPlane dataPlane, TimeProvider time, ILogger<DeviceHost> logger)
    {
        _siloName = silo.Name;
        _drainTimeout = options.DrainTimeout;
        _time = time;
        _logger = logger;
        _slots = [.. ComputeDevices.Find(options.Devices, options.CoresPerDevice).Select(d =>
            new DeviceSlot(
                d, WorkerKey.Of(silo.Name, d.Name), _shuttingDown.Token, factory, artifacts, grains, dataPlane, options, time, logger))];
    }

    /// <summary>Tells this life of the process from the next.</summary>
    public string Incarnation { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The silo is leaving; no work starts any more.</summary>
    public bool IsLeaving => _shuttingDown.IsCancellationRequested;

    /// <summary>The silo leaves, and waits for no work any more.</summary>
    internal bool HasDrained => _hasDrained;

    internal bool HasDevices => _slots.Count > 0;

    /// <summary>Draining comes before the silo leaves the cluster: saving needs the grains.</summary>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DeviceHost), ServiceLifecycleStage.Active, _ => OpenGpus(), Drain);

    public void Dispose()
    {
        _shuttingDown.Cancel();
        foreach (var slot in _slots) slot.Dispose();
    }

    /// <summary>What is said of the devices; of those that hang nothing.</summary>
    internal SiloHeartbeat Heartbeat() => new(_siloName, [.. _slots.Where(s => !s.IsHung).Select(Info)]);

    /// <summary>The leases of devices go on.</summary>
    /// <param name="heartbeat">That spoke of them.</param>
    /// <param name="asked">When it was sent, by the time provider's timestamp.</param>
    internal void Renewed(SiloHeartbeat heartbeat, long asked)
    {
        foreach (var device in heartbeat.Devices) Find(device.Worker)?.Renewed(asked);
    }

    /// <summary>Of the silo's devices, for people.</summary>
    internal string Names => string.Join(", ", _slots.Select(s => s.Device.Name));

    internal DeviceSlot? Find(string worker) => _slots.FirstOrDefault(s => s.Worker == worker);

    internal DeviceInfo Info(DeviceSlot slot) => new()
    {
        Worker = slot.Worker,
        SiloName = _siloName,
        Device = slot.Device.Name,
        Threads = slot.Device.Threads,
        Model = slot.Device.Model,
        Numerics = slot.Device.Numerics,
        BFloat16 = slot.Device.BFloat16,
        MemoryBytes = slot.Device.Gpu?.MemoryBytes ?? 0,
        Uuid = slot.Device.Gpu?.Uuid ?? "",
        Driver = slot.Device.Gpu?.Driver ?? "",
        Incarnation = Incarnation,
        Work = slot.Problem is null ? slot.CurrentWork : null,
        Problem = slot.Problem ?? (IsLeaving ? Leaves : null),
        LastSeen = _time.GetUtcNow(),
    };

    /// <summary>A GPU that cannot be used refuses the start. A CPU needs libtorch first, which a silo loads when it has work.</summary>
    private Task OpenGpus() => Task.WhenAll(_slots.Where(s => !s.Device.IsCpu).Select(s => s.Open()));

    private async Task Drain(CancellationToken cancellation)
    {
        await _shuttingDown.CancelAsync();
        try
        {
            await Task.WhenAll(_slots.Select(s => s.Completion)).WaitAsync(_drainTimeout, _time, cancellation);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            LogDrainTimedOut(string.Join(", ", _slots.Where(s => s.CurrentWork is not null).Select(s => s.CurrentWork)));
        }
        finally
        {
            _hasDrained = true;
        }
    }
}
