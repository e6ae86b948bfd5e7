namespace PgmCluster.Chaos.Runs;

/// <summary>Durations in seconds.</summary>
internal sealed record ChaosTimes(int Count, double Median, double P95, double Max)
{
    public static ChaosTimes Of(IEnumerable<double> seconds)
    {
        var sorted = seconds.Order().ToArray();
        double At(double share) => sorted.Length == 0 ? 0 : sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
        return new ChaosTimes(sorted.Length, Math.Round(At(0.5), 2), Math.Round(At(0.95), 2), Math.Round(At(1), 2));
    }
}
