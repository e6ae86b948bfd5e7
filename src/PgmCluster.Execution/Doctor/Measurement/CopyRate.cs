namespace PgmCluster.Execution.Doctor.Measurement;

/// <summary>The rate of copies.</summary>
/// <param name="Direction">"host to device", "device to host", or "within memory" on a CPU.</param>
/// <param name="Bytes">Of one copy; the host's memory is pinned.</param>
/// <param name="GigabytesPerSecond">Bytes over the median time, in 10^9 a second.</param>
public sealed record CopyRate(string Direction, long Bytes, double GigabytesPerSecond);
