using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Devices;

/// <summary>A device of this machine.</summary>
/// <param name="Name">"cpu:0", "cuda:0", ...</param>
/// <param name="Threads">Cores of a CPU device: so many micro-batches or batches are computed at a time. 1 for a GPU.</param>
/// <param name="Model">Kind of CPU, or "cuda"; part of the numerics fingerprint.</param>
public sealed record ComputeDevice(string Name, int Threads, string Model)
{
    /// <summary>The numerics fingerprint: devices that differ in it give different last bits.</summary>
    public string Numerics => NumericsOf(Model, NativeRuntime.LibtorchVersion);

    /// <summary>The fingerprint of a device of that kind.</summary>
    public static string NumericsOf(string model, string libtorch) => $"{model}, libtorch {libtorch}";
}
