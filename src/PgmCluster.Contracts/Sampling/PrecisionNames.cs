namespace PgmCluster.Contracts.Sampling;

/// <summary>Types of the model's products (<see cref="SamplingSettings.Precision"/>).</summary>
/// <remarks>Words, as they are stored and sent; a silo refuses others when a job is started. A word keeps its meaning.</remarks>
public static class PrecisionNames
{
    /// <summary>IEEE 754 of 32 bits.</summary>
    public const string Float32 = "float32";

    /// <summary>Of 16 bits with the exponents of float32; sums are float32.</summary>
    public const string BFloat16 = "bfloat16";

    /// <summary>All of them, the default first.</summary>
    public static IReadOnlyList<string> All { get; } = [Float32, BFloat16];
}
