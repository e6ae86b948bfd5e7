namespace PgmCluster.Benchmarks.Harness;

/// <summary>What was measured of a variant.</summary>
/// <param name="Variant">Its name.</param>
/// <param name="Seconds">Median over the rounds.</param>
/// <param name="Fastest">Smallest of the rounds.</param>
/// <param name="TimesFaster">Median over the rounds of (seconds of the first variant) / (seconds of this one) in the same round.</param>
/// <param name="GflopPerSecond">From the median; null where no operations were counted.</param>
public sealed record Measurement(string Variant, double Seconds, double Fastest, double TimesFaster, double? GflopPerSecond);
