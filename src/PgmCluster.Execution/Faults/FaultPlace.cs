namespace PgmCluster.Execution.Faults;

/// <summary>Where a thread is.</summary>
/// <remarks>As said to <see cref="FaultPoint.Reached"/>.</remarks>
internal readonly record struct FaultPlace(string Point, string Work, int Rank, long Step, object? Subject);
