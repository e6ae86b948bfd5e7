namespace PgmCluster.Execution.Devices;

/// <summary>What the NVIDIA driver says of a GPU.</summary>
/// <param name="Name">Such as "NVIDIA H100 80GB HBM3".</param>
/// <param name="MemoryBytes">All of its memory.</param>
/// <param name="Major">Compute capability before the point.</param>
/// <param name="Minor">Compute capability behind the point.</param>
/// <param name="Uuid">"GPU-" and 32 digits: the same in every process and after a restart.</param>
/// <param name="Driver">The driver's version, and the newest CUDA it serves.</param>
public sealed record GpuFacts(string Name, long MemoryBytes, int Major, int Minor, string Uuid, string Driver)
{
    /// <summary>Such as "9.0".</summary>
    public string ComputeCapability => $"{Major}.{Minor}";
}
