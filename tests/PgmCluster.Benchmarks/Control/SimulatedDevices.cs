using System.Collections.Concurrent;
using System.Globalization;
using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Scheduling.Roster;

namespace PgmCluster.Benchmarks.Control;

/// <summary>
/// Silos with devices that are not there: who asks for them finds them present, their workers begin at once whatever they are given, and
/// what they do ends when the benchmark says so. The rest of the cluster is real.
/// </summary>
/// <param name="silos">How many.</param>
/// <param name="devices">Of each.</param>
internal sealed class SimulatedDevices(int silos, int devices) : IOutgoingGrainCallFilter, IPresentSilos
{
    private readonly string _incarnation = Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<string, WorkAssignment> _work = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = new();
    private int _grown;

    public IReadOnlySet<string> Names { get; } = Enumerable.Range(0, silos).Select(Silo).ToHashSet();

    public IReadOnlyList<string> Workers { get; } =
        [.. Enumerable.Range(0, silos).SelectMany(s => Enumerable.Range(0, devices).Select(d => Worker(s, d)))];

    /// <summary>What each device does.</summary>
    public IReadOnlyDictionary<string, WorkAssignment> Work => _work;

    /// <summary>How often a device began as a member of a gang.</summary>
    public int Grown => _grown;

    /// <summary>Completes when a device begins what it is given after what it does.</summary>
    public Task Next(string worker)
    {
        var awaited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited[worker] = awaited;
        return awaited.Task;
    }

    /// <summary>A device begins what it was told.</summary>
    public void Begins(string worker, WorkAssignment work)
    {
        if (_work.TryGetValue(worker, out var present) && present.Lease >= work.Lease) return;
        _work[worker] = work;
        if (work.MaxWorkers > 1) Interlocked.Increment(ref _grown);
        if (_awaited.TryRemove(worker, out var awaited)) awaited.TrySetResult();
    }

    /// <summary>What a silo says whose devices compute.</summary>
    public SiloHeartbeat Heartbeat(int silo) => new(Silo(silo), [.. Enumerable.Range(0, devices).Select(d => new DeviceInfo
    {
        Worker = Worker(silo, d),
        SiloName = Silo(silo),
        Device = string.Create(CultureInfo.InvariantCulture, $"cuda:{d}"),
        Incarnation = _incarnation,
        Numerics = "simulated",
        Model = "simulated",
        Work = _work.GetValueOrDefault(Worker(silo, d))?.WorkId,
    })]);

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.InterfaceMethod?.DeclaringType != typeof(IGpuWorkerGrain)) return context.Invoke();
        if (context.MethodName == nameof(IGpuWorkerGrain.Run))
        {
            Begins(context.TargetId.Key.ToString()!, (WorkAssignment)context.Request.GetArgument(0)!);
            context.Result = true;
        }
        return Task.CompletedTask;
    }

    private static string Silo(int silo) => string.Create(CultureInfo.InvariantCulture, $"silo-{silo:000}");

    private static string Worker(int silo, int device) => string.Create(CultureInfo.InvariantCulture, $"{Silo(silo)}/cuda:{device}");
}
