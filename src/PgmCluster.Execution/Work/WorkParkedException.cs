namespace PgmCluster.Execution.Work;

/// <summary>
/// The work cannot go on until somebody has seen to it: a retry would meet the same, and nothing is lost meanwhile. A run is parked.
/// </summary>
public class WorkParkedException(string message) : Exception(message);
