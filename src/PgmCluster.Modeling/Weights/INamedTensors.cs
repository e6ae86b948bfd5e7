using static TorchSharp.torch;

namespace PgmCluster.Modeling.Weights;

/// <summary>A file of tensors, whatever its format.</summary>
public interface INamedTensors : IDisposable
{
    bool Contains(string name);

    /// <summary>A tensor of the file, on the CPU.</summary>
    Tensor Read(string name);
}
