using System.Diagnostics;
using PgmCluster.Execution.Devices;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Benchmarks.Harness;

/// <summary>Variants measured in turn, so that whatever else the machine does meets all of them alike.</summary>
/// <param name="Title">What is compared, with its sizes.</param>
/// <param name="Rounds">Measured rounds.</param>
/// <param name="Measurements">In the variants' order; ratios are against the first.</param>
public sealed record Comparison(string Title, int Rounds, IReadOnlyList<Measurement> Measurements)
{
    /// <summary>Runs all variants in turn, round after round; a first round is not counted, but shows how much memory each takes.</summary>
    public static Comparison Of(string title, int rounds, params IReadOnlyList<Variant> variants)
    {
        var seconds = variants.Select(_ => new double[rounds]).ToArray();
        var cpu = variants.Select(_ => new double[rounds]).ToArray();
        var megabytes = new double[variants.Count];
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < variants.Count; i++)
            {
                if (round < 0) megabytes[i] = PeakOf(variants[i].Run);
                if (round < 0) continue;
                var (begun, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                variants[i].Run();
                seconds[i][round] = Stopwatch.GetElapsedTime(begun).TotalSeconds;
                cpu[i][round] = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
            }
        }
        var timed = Of(title, [.. variants.Select((variant, i) => (variant.Name, seconds[i], variant.Gflop))]);
        return timed with
        {
            Measurements = [.. timed.Measurements.Select((m, i) => m with { TimesLessCpu = Median(Ratios(cpu, i)),
            Megabytes = megabytes[i] })]
        };
    }

    /// <summary>Of the first variant over another, round by round.</summary>
    private static double[] Ratios(double[][] times, int variant) =>
        [.. times[0].Zip(times[variant], (first, other) => first / Math.Max(other, 1e-9))];

    private static double PeakOf(Action run)
    {
        NativeRuntime.ReleaseMemory();
        PeakMemory.Reset();
        var before = PeakMemory.Megabytes();
        run();
        return PeakMemory.Megabytes() - before;
    }

    /// <summary>The same of times that were taken otherwise.</summary>
    /// <param name="title">What is compared.</param>
    /// <param name="variants">Name, seconds of each round, and operations in units of 10^9 (0 where that says nothing).</param>
    public static Comparison Of(string title, params IReadOnlyList<(string Name, double[] Seconds, double Gflop)> variants) => new(
        title, variants[0].Seconds.Length, [.. variants.Select(v => new Measurement(
            v.Name, Median(v.Seconds), v.Seconds.Min(), Median([.. v.Seconds.Select((s, round) => variants[0].Seconds[round] / s)]),
            v.Gflop > 0 ? v.Gflop / Median(v.Seconds) : null))]);

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
