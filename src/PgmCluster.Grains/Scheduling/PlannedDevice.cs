namespace PgmCluster.Grains.Scheduling;

/// <summary>A device as the planner sees it.</summary>
/// <param name="Worker">Key of its worker.</param>
/// <param name="Numerics">Fingerprint of its arithmetic.</param>
/// <param name="Ready">It computes nothing, nothing is wrong with it, and it was heard of lately.</param>
/// <param name="Problem">What is wrong with it; null where nothing is.</param>
public sealed record PlannedDevice(string Worker, string Numerics, bool Ready, string? Problem = null);
