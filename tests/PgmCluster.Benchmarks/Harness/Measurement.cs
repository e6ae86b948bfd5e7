namespace PgmCluster.Benchmarks.Harness;

/// <summary>What was measured of a variant.</summary>
/// <param name="Variant">Its name.</param>
/// <param name="Seconds">Median over the rounds.</param>
/// <param name="Fastest">Smallest of the rounds.</param>
/// <param name="TimesFaster">Median over the rounds of (seconds of the first variant) / (seconds of this one) in the same round.</param>
/// <param name="GflopPerSecond">From the median; null where no operations were counted.</param>
/// <param name="TimesLessCpu">
/// Like <paramref name="TimesFaster"/> of the processor's time, which other programs on the machine change less; null where it was not
/// taken.
/// </param>
/// <param name="Megabytes">
/// Most memory that the process held in the round that does not count, less what it held before; null where that was not looked at.
/// </param>
public sealed record Measurement(
    string Variant, double Seconds, double Fastest, double TimesFaster, double? GflopPerSecond, double? TimesLessCpu = null,
    double? Megabytes = null);
