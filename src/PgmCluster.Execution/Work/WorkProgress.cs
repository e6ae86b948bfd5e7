namespace PgmCluster.Execution.Work;

/// <summary>How far a work item is.</summary>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all.</param>
/// <param name="Unit">"step", "image" or "byte".</param>
/// <param name="UnitsPerSecond">Lately; null while unknown.</param>
/// <param name="Loss">Running loss; null where there is none.</param>
/// <param name="ValidationLoss">Of the held-out examples when they were last computed; null where they never were.</param>
public sealed record WorkProgress(long Done, long Total, string Unit, double? UnitsPerSecond = null, double? Loss = null,
    double? ValidationLoss = null);
