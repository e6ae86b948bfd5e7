using PgmCluster.Data.Safetensors;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Weights;

/// <summary>The tensors of a safetensors file.</summary>
public sealed class SafetensorsTensors(string path) : INamedTensors
{
    private readonly SafetensorsFile _file = SafetensorsFile.Open(path);

    public bool Contains(string name) => _file.Contains(name);

    public Tensor Read(string name) => WeightsFile.Read(_file, name);

    public void Dispose() => _file.Dispose();
}
