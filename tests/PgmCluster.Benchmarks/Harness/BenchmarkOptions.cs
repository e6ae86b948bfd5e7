namespace PgmCluster.Benchmarks.Harness;

/// <summary>What the command line says of all benchmarks.</summary>
/// <param name="Rounds">Measured rounds; each runs every variant once.</param>
/// <param name="Cores">Cores that variants with lanes use.</param>
public sealed record BenchmarkOptions(int Rounds, int Cores);
