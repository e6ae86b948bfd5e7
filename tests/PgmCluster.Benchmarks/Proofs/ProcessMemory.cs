using System.Globalization;

namespace PgmCluster.Benchmarks.Proofs;

/// <summary>The most memory that processes of a name have held (VmHWM), looked at while they run.</summary>
internal sealed class ProcessMemory
{
    private readonly Dictionary<string, long> _most = new(StringComparer.Ordinal);

    /// <summary>Bytes by name.</summary>
    public IReadOnlyDictionary<string, long> Most => _most;

    /// <summary>Looks at a process.</summary>
    public void Look(string name, int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            var kilobytes = long.Parse(line["VmHWM:".Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture);
            _most[name] = Math.Max(_most.GetValueOrDefault(name), kilobytes << 10);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }
}
