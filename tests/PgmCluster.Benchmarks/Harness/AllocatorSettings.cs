using System.Runtime.InteropServices;

namespace PgmCluster.Benchmarks.Harness;

/// <summary>glibc's allocator with its own settings instead of the program's, which keep freed blocks of up to 32 MB.</summary>
internal static class AllocatorSettings
{
    private const int TrimThreshold = -1, MapThreshold = -3, Default = 128 << 10, Kept = 32 << 20;

    /// <summary>Runs something while freed memory goes back to the system.</summary>
    public static void WithoutKeeping(Action run)
    {
        _ = mallopt(MapThreshold, Default);
        _ = mallopt(TrimThreshold, Default);
        try
        {
            run();
        }
        finally
        {
            _ = mallopt(MapThreshold, Kept);
            _ = mallopt(TrimThreshold, int.MaxValue);
        }
    }

    [DllImport("libc")]
    private static extern int mallopt(int parameter, int value);
}
