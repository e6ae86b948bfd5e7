using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;

namespace PgmCluster.Execution.Work;

/// <summary>
/// Work that begins once its artifacts can be written: with a directory that is read-only, full or away it waits and says so, as it does at
/// a checkpoint, instead of failing at its first file.
/// </summary>
internal sealed class StorageFirst(IWorkItem item) : IWorkItem
{
    /// <summary>Bytes of the file that is tried: one that holds nothing fits a full disk.</summary>
    private const int ProbeLength = 1 << 16;

    public KernelSettings Kernels => item.Kernels;

    public string Run(WorkContext context)
    {
        context.Unjudged(() => context.AwaitSpace("Starting the work", () => Probe(context.Artifacts)));
        return item.Run(context);
    }

    private static void Probe(IArtifactStore artifacts)
    {
        var name = $"probe-{Guid.NewGuid():N}";
        artifacts.Write(name, stream => stream.Write(new byte[ProbeLength]));
        artifacts.Delete(name);
    }
}
