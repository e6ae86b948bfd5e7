namespace PgmCluster.Contracts.Sampling;

/// <summary>Share of cells that are still unknown, by the share r of steps that are done (<see cref="SamplingSettings.Curve"/>).</summary>
/// <remarks>Words, as they are stored and sent; a silo refuses others when a job is started. A word keeps its meaning.</remarks>
public static class CurveNames
{
    /// <summary>arccos(r) / (pi/2).</summary>
    public const string Arccos = "arccos";

    /// <summary>cos(r pi/2).</summary>
    public const string Cosine = "cosine";

    /// <summary>1 - r.</summary>
    public const string Linear = "linear";

    /// <summary>1 - sqrt(r).</summary>
    public const string Root = "root";

    /// <summary>1 - r^2.</summary>
    public const string Square = "square";

    /// <summary>All of them, the default first.</summary>
    public static IReadOnlyList<string> All { get; } = [Arccos, Cosine, Linear, Root, Square];
}
