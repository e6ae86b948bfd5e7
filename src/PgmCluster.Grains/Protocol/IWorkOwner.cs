using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace PgmCluster.Grains.Protocol;

/// <summary>A grain that has work done by devices.</summary>
[Alias("pgm.IWorkOwner"), Version(0)]
public interface IWorkOwner : IGrainWithStringKey
{
    /// <summary>Takes a report. Durable when the call returns, where the report is more than progress.</summary>
    /// <returns>False where the generation is not the owner's present one: the device stops at once and publishes nothing more.</returns>
    [Alias("Report")]
    Task<bool> Report(WorkReport report);
}
