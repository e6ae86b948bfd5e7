namespace PgmCluster.Grains.Devices.Scheduling;

/// <summary>A device as the planner sees it.</summary>
/// <param name="Worker">Key of its worker.</param>
/// <param name="Numerics">Fingerprint of its arithmetic.</param>
/// <param name="Ready">It computes nothing and was heard of lately.</param>
public sealed record PlannedDevice(string Worker, string Numerics, bool Ready);
