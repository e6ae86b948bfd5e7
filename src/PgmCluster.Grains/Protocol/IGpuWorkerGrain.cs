using Orleans.CodeGeneration;
using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Protocol;

/// <summary>One device (also a CPU one). The key is "siloName/device"; the grain lives on that silo and nowhere else.</summary>
[Alias("pgm.IGpuWorkerGrain"), Version(0)]
public interface IGpuWorkerGrain : IGrainWithStringKey
{
    /// <summary>Starts the work and returns at once. False where the device is busy with something else.</summary>
    [Alias("Run")]
    Task<bool> Run(WorkAssignment work);

    /// <summary>Stops the work if it runs here in that generation or an older one.</summary>
    [Alias("Stop")]
    Task Stop(string workId, long generation);

    [Alias("GetStatus")]
    Task<DeviceInfo?> GetStatus();
}
