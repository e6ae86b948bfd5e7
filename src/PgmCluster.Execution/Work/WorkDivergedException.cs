namespace PgmCluster.Execution.Work;

/// <summary>A number that must be finite is not. A retry would repeat it exactly, so the run is parked.</summary>
public sealed class WorkDivergedException(string message) : WorkParkedException(message);
