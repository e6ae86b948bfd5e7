namespace PgmCluster.Contracts.Sampling;

/// <summary>Which cells of a picture are drawn in which step (<see cref="SamplingSettings.Sampler"/>).</summary>
/// <remarks>Words, as they are stored and sent; a silo refuses others when a job is started. A word keeps its meaning.</remarks>
public static class SamplerNames
{
    /// <summary>A fixed order, in which cells that are drawn together lie far from each other.</summary>
    public const string Halton = "halton";

    /// <summary>Those first of whose codes the model is surest.</summary>
    public const string Confidence = "confidence";

    /// <summary>All of them, the default first.</summary>
    public static IReadOnlyList<string> All { get; } = [Halton, Confidence];
}
