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
    private readonly ConcurrentDictionary<string, string> _work = new();

    public IReadOnlySet<string> Names { get; } = Enumerable.Range(0, silos).Select(Silo).ToHashSet();

    public IReadOnlyList<string> Workers { get; } =
        [.. Enumerable.Range(0, silos).SelectMany(s => Enumerable.Range(0, devices).Select(d => Worker(s, d)))];

    /// <summary>What each device does.</summary>
    public IReadOnlyDictionary<string, string> Work => _work;

    /// <summary>A device begins what it was told by an answer.</summary>
    public void Begins(string worker, string work) => _work[worker] = work;

    /// <summary>What a silo says whose devices compute.</summary>
    public SiloHeartbeat Heartbeat(int silo) => new(Silo(silo), [.. Enumerable.Range(0, devices).Select(d => new DeviceInfo
    {
        Worker = Worker(silo, d),
        SiloName = Silo(silo),
        Device = string.Create(CultureInfo.InvariantCulture, $"cuda:{d}"),
        Incarnation = _incarnation,
        Numerics = "simulated",
        Model = "simulated",
        Work = _work.GetValueOrDefault(Worker(silo, d)),
    })]);

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.InterfaceMethod?.DeclaringType != typeof(IGpuWorkerGrain)) return context.Invoke();
        if (context.MethodName == nameof(IGpuWorkerGrain.Run))
        {
            Begins(context.TargetId.Key.ToString()!, ((WorkAssignment)context.Request.GetArgument(0)!).WorkId);
            context.Result = true;
        }
        return Task.CompletedTask;
    }

    private static string Silo(int silo) => string.Create(CultureInfo.InvariantCulture, $"silo-{silo:000}");

    private static string Worker(int silo, int device) => string.Create(CultureInfo.InvariantCulture, $"{Silo(silo)}/cuda:{device}");
}
