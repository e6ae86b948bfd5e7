using PgmCluster.Execution.Devices;

namespace PgmCluster.Benchmarks.Proofs;

/// <summary>The most memory that processes of a name have held (VmHWM), looked at while they run.</summary>
internal sealed class ProcessMemory
{
    private readonly Dictionary<string, double> _most = new(StringComparer.Ordinal);

    /// <summary>In 10^6 bytes, by name.</summary>
    public IReadOnlyDictionary<string, double> Most => _most;

    /// <summary>Looks at a process.</summary>
    public void Look(string name, int process)
    {
        try
        {
            if (PeakMemory.Megabytes(process) is > 0 and var megabytes)
                _most[name] = Math.Max(_most.GetValueOrDefault(name), megabytes);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
        }
    }
}
