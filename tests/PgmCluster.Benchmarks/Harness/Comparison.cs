using System.Diagnostics;

namespace PgmCluster.Benchmarks.Harness;

/// <summary>Variants measured in turn, so that whatever else the machine does meets all of them alike.</summary>
/// <param name="Title">What is compared, with its sizes.</param>
/// <param name="Rounds">Measured rounds.</param>
/// <param name="Measurements">In the variants' order; ratios are against the first.</param>
public sealed record Comparison(string Title, int Rounds, IReadOnlyList<Measurement> Measurements)
{
    /// <summary>Runs all variants in turn, round after round; a first round is not counted.</summary>
    public static Comparison Of(string title, int rounds, params IReadOnlyList<Variant> variants)
    {
        var seconds = variants.Select(_ => new double[rounds]).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < variants.Count; i++)
            {
                var begun = Stopwatch.GetTimestamp();
                variants[i].Run();
                if (round >= 0) seconds[i][round] = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            }
        }
        return new Comparison(title, rounds, [.. variants.Select((variant, i) => new Measurement(
            variant.Name, Median(seconds[i]), seconds[i].Min(), Median([.. seconds[i].Select((s, round) => seconds[0][round] / s)]),
            variant.Gflop > 0 ? variant.Gflop / Median(seconds[i]) : null))]);
    }

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
