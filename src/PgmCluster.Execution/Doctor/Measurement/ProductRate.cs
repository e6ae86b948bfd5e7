namespace PgmCluster.Execution.Doctor.Measurement;

/// <summary>The rate of matrix products.</summary>
/// <param name="Type">"float32", "TF32" or "bfloat16".</param>
/// <param name="Side">Rows and columns of all three matrices.</param>
/// <param name="TeraflopsPerSecond">2 x side^3 over the median time, in 10^12 a second.</param>
public sealed record ProductRate(string Type, int Side, double TeraflopsPerSecond);
