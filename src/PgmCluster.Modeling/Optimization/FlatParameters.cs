using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>
/// A model's parameters as views of one flat tensor, and their gradients of another. The optimizer, the averages, the sums over
/// micro-batches and the exchange between workers then each are a few operations on one tensor instead of some on every parameter.
/// Letters: P padded number of elements.
/// </summary>
public sealed class FlatParameters : IDisposable
{
    /// <summary>
    /// Elements to which each parameter's place is rounded up: a cache line of floats, so that kernels find aligned rows.
    /// </summary>
    private const long Alignment = 16;

    private readonly StateDict.Entry[] _parameters;

    private readonly bool _ownsValues;

    /// <summary>Moves the parameters into a flat tensor; the module goes on using them without noticing.</summary>
    public FlatParameters(StateDict state) : this(state, null) { }

    /// <summary>Makes a second module of the same shape compute with the first one's values, its gradients apart.</summary>
    public static FlatParameters Replica(StateDict replica, FlatParameters of) => new(replica, of.Values);

    private FlatParameters(StateDict state, Tensor? shared)
    {
        _parameters = [.. state.Parameters];
        long offset = 0;
        var places = new List<FlatPlace>();
        foreach (var (name, tensor, _) in _parameters)
        {
            places.Add(new FlatPlace(name, offset, tensor.shape));
            offset += (tensor.numel() + Alignment - 1) / Alignment * Alignment;
        }
        Places = places;
        // Whole chunks for GradientNorm.
        Length = (offset + GradientNorm.Chunk - 1) / GradientNorm.Chunk * GradientNorm.Chunk;
        Count = _parameters.Sum(p => p.Tensor.numel());

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var device = _parameters[0].Tensor.device;
        _ownsValues = shared is null;
        Values = shared ?? zeros(Length, dtype: float32, device: device).DetachFromDisposeScope();
        Gradients = zeros(Length, dtype: float32, device: device).DetachFromDisposeScope();
        for (var i = 0; i < _parameters.Length; i++)
        {
            var parameter = _parameters[i].Tensor;
            if (_ownsValues) View(Values, i).copy_(parameter);
            parameter.set_(View(Values, i));
            parameter.grad = View(Gradients, i);
        }
    }

    /// <summary>Where each parameter lies, in state-dict order.</summary>
    public IReadOnlyList<FlatPlace> Places { get; }

    /// <summary>P.</summary>
    public long Length { get; }

    /// <summary>Elements of all parameters, padding not counted.</summary>
    public long Count { get; }

    /// <summary>F32 [P]; the padding stays 0.</summary>
    public Tensor Values { get; }

    /// <summary>F32 [P]; backward passes add to it.</summary>
    public Tensor Gradients { get; }

    /// <summary>A parameter's part of any tensor of this layout, in the parameter's shape.</summary>
    public Tensor View(Tensor flat, int index)
    {
        var place = Places[index];
        return flat.narrow(0, place.Offset, place.Shape.Aggregate(1L, (a, b) => a * b)).view(place.Shape);
    }

    public void Dispose()
    {
        if (_ownsValues) Values.Dispose();
        Gradients.Dispose();
    }
}
