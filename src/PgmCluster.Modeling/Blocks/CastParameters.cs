using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>Copies of a module's parameters in another type, kept so that inference does not convert them in every step.</summary>
internal sealed class CastParameters
{
    // Several lanes of a device may be the first to ask.
    private readonly Lock _gate = new();
    private Dictionary<Parameter, Tensor>? _copies;

    /// <summary>The copy, made where there is none yet. Lives until <see cref="Clear"/>.</summary>
    public Tensor Get(Parameter parameter, ScalarType type)
    {
        lock (_gate)
        {
            // Equality of tensors would compare their values.
            _copies ??= new Dictionary<Parameter, Tensor>(ReferenceEqualityComparer.Instance);
            if (_copies.TryGetValue(parameter, out var copy)) return copy;
            // As an ordinary tensor, not one of inference mode, it serves whoever asks later.
            using var ordinary = inference_mode(false);
            return _copies[parameter] = parameter.to_type(type).DetachFromDisposeScope();
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            foreach (var copy in _copies?.Values ?? Enumerable.Empty<Tensor>()) copy.Dispose();
            _copies = null;
        }
    }
}
