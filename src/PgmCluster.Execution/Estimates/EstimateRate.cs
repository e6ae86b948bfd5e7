namespace PgmCluster.Execution.Estimates;

/// <summary>How fast something goes, and how that is known.</summary>
/// <param name="Name">By which it is set.</param>
/// <param name="PerSecond">Of one device, in <paramref name="Unit"/>s.</param>
/// <param name="Unit">What is counted, such as "images" or "MB" (10^6 bytes).</param>
/// <param name="IsMeasured">By this program, or given by the user; else published or assumed.</param>
/// <param name="Source">How it is known, in one line.</param>
public sealed record EstimateRate(string Name, double PerSecond, string Unit, bool IsMeasured, string Source);
