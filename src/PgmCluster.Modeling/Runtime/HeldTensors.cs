using static TorchSharp.torch;

namespace PgmCluster.Modeling.Runtime;

/// <summary>Tensors that live as long as their holder, whatever dispose scopes they were made in.</summary>
internal sealed class HeldTensors : IDisposable
{
    private readonly List<Tensor> _tensors = [];

    /// <summary>Takes a tensor over.</summary>
    public Tensor Hold(Tensor tensor)
    {
        _tensors.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor.Dispose();
        _tensors.Clear();
    }
}
