namespace PgmCluster.Benchmarks.Harness;

/// <summary>One way of doing the same thing.</summary>
/// <param name="Name">Short, for the table.</param>
/// <param name="Run">Does it once.</param>
/// <param name="Gflop">Floating-point operations of one run in units of 10^9; 0 where that says nothing.</param>
public sealed record Variant(string Name, Action Run, double Gflop = 0);
