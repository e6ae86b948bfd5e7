namespace PgmCluster.Contracts.Sampling;

/// <summary>How guidance goes over the steps (<see cref="SamplingSettings.GuidanceSchedule"/>).</summary>
/// <remarks>Words, as they are stored and sent; a silo refuses others when a job is started. A word keeps its meaning.</remarks>
public static class GuidanceScheduleNames
{
    /// <summary>As the public code: constant for Halton with MaskGIT, else linear. What it came to is recorded.</summary>
    public const string Auto = "auto";

    /// <summary>From 0 in the first step to its value in the last.</summary>
    public const string Linear = "linear";

    /// <summary>Its value in every step.</summary>
    public const string Constant = "constant";

    /// <summary>All of them, the default first.</summary>
    public static IReadOnlyList<string> All { get; } = [Auto, Linear, Constant];
}
