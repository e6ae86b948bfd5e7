using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Runs;

/// <summary>A copy of the training state at one step, which a background thread can write while training goes on.</summary>
public sealed class CheckpointSnapshot : IDisposable
{
    private readonly List<Tensor> _tensors = [];

    /// <summary>Copies the state. To be called on the device's thread.</summary>
    public CheckpointSnapshot(TrainingState state)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Step = state.Step;
        Model = [.. state.Weights.Entries.Select(e => (e.Name, Copy(e.Tensor)))];
        Optimizer =
        [
            .. state.Named(state.Optimizer.FirstMoment).Select(n => ("exp_avg." + n.Name, Copy(n.Tensor))),
            .. state.Named(state.Optimizer.SecondMoment).Select(n => ("exp_avg_sq." + n.Name, Copy(n.Tensor))),
        ];
        Ema = state.Average is null ? null : [.. state.Named(state.Average.Values).Select(n => (n.Name, Copy(n.Tensor)))];
    }

    /// <summary>Steps done.</summary>
    public long Step { get; }

    public IReadOnlyList<(string Name, Tensor Tensor)> Model { get; }

    public IReadOnlyList<(string Name, Tensor Tensor)> Optimizer { get; }

    /// <summary>Null without averaging.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)>? Ema { get; }

    /// <summary>A safetensors file of named tensors; nothing but their bytes is touched.</summary>
    public static SafetensorsWriter Writer(IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var writer = new SafetensorsWriter();
        foreach (var (key, value) in metadata) writer.Metadata[key] = value;
        foreach (var (name, tensor) in tensors)
            writer.Add(name, TensorTypes.Of(tensor.dtype), tensor.shape, stream => stream.Write(tensor.bytes));
        return writer;
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor.Dispose();
    }

    private Tensor Copy(Tensor tensor)
    {
        var read = HostRead.Copy(tensor);
        // What came from another device's memory is a copy already.
        var copy = (tensor.device_type == TorchSharp.DeviceType.CPU ? read.clone() : read).DetachFromDisposeScope();
        _tensors.Add(copy);
        return copy;
    }
}
