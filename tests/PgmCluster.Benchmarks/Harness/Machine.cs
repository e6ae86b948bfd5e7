using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Benchmarks.Harness;

/// <summary>Where something was measured.</summary>
public sealed record Machine(string Processor, int Cores, string Instructions, string Libtorch)
{
    public static Machine Here() => new(Processors(), Environment.ProcessorCount, NativeRuntime.CpuModel, NativeRuntime.LibtorchVersion);

    private static string Processors()
    {
        const string File = "/proc/cpuinfo", Key = "model name";
        var line = System.IO.File.Exists(File)
            ? System.IO.File.ReadLines(File).FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal))
            : null;
        return line is null ? "unknown processor" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
