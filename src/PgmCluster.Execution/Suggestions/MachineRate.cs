using System.Diagnostics;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Suggestions;

/// <summary>How fast this machine's CPU is, for estimates.</summary>
public static class MachineRate
{
    private const int Side = 1024, Rounds = 5;

    /// <summary>The best of a few products of 1024 x 1024 matrices in float32, in 10^9 operations a second. Takes below a second.</summary>
    /// <param name="threads">Of the product: as many as the machine has cores for this program.</param>
    public static double Measure(int threads)
    {
        NativeRuntime.PrepareProcess();
        NativeRuntime.Load();
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var (a, b) = (ones(Side, Side, device: CPU), ones(Side, Side, device: CPU));
        var best = double.MaxValue;
        set_num_threads(threads);
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            using var product = matmul(a, b);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        set_num_threads(NativeRuntime.DefaultThreads);
        return 2.0 * Side * Side * Side / best / 1e9;
    }
}
