using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Doctor;

/// <summary>
/// Whether a silo of these settings finds here what it needs. Starts none, changes nothing that stays, and runs beside one that works on
/// the same home.
/// </summary>
public static class Installation
{
    /// <summary>Looks at one thing after the other; a thing that cannot be used keeps none of the others from being looked at.</summary>
    /// <param name="options">Validated.</param>
    /// <param name="devices">What is computed on.</param>
    /// <param name="all">Reads every registered weights file, not only those that are read in a second or two.</param>
    /// <param name="cancellation">Ends it.</param>
    public static IEnumerable<Finding> Examine(
        SiloOptions options, IReadOnlyList<ComputeDevice> devices, bool all, CancellationToken cancellation = default)
    {
        foreach (var finding in MachineFindings.Look(devices, MachineLimits.Current, "/")) yield return finding;
        var running = SiloEndpoint.Running(options.Home);
        yield return HomeFindings.Look(options, running);
        cancellation.ThrowIfCancellationRequested();
        var (state, database) = DatabaseFindings.Look(options);
        yield return state;
        yield return ClockFindings.Look(database?.Database, options.ReadDatabase() is null, TimeProvider.System);
        cancellation.ThrowIfCancellationRequested();
        yield return ArtifactFindings.Look(options, database);
        yield return WeightFindings.Look(options, database, all, cancellation);
        foreach (var finding in PortFindings.Look(options, running)) yield return finding;
        database?.Database.Release();
    }
}
