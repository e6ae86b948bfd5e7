using System.Diagnostics.CodeAnalysis;
using PgmCluster.Modeling.Kernels;
using PgmCluster.Modeling.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>
/// A module whose parts carry the names of the reference's state dict, whatever the C# fields are called, and which computes its products
/// in <see cref="ComputeType"/>.
/// </summary>
/// <param name="name">Kind of module.</param>
/// <param name="device">Where its parameters and buffers are made, and stay; null for the CPU.</param>
public abstract class NamedModule(string name, Device? device) : nn.Module(name)
{
    private readonly CastParameters _casts = new();
    private readonly List<Tensor> _unlisted = [];
    private ScalarType _computeType = ScalarType.Float32;
    private bool _roundsProducts;

    // Who multiplies is chosen there: a model that computed before would change its last bits as soon as something else loads libtorch.
    static NamedModule() => NativeRuntime.Load();

    /// <summary>Where parameters and buffers are, and where inputs must be.</summary>
    public Device Device { get; } = device ?? CPU;

    /// <summary>
    /// Type of the matrix products, convolutions and attention, for this module and all its parts: float32, or bfloat16 in the manner of
    /// torch's autocast. Parameters, their gradients, norms, the residual stream, logits and losses are float32 either way. Not to be set
    /// while another thread uses the module.
    /// </summary>
    public ScalarType ComputeType
    {
        get => _computeType;
        set
        {
            _computeType = value;
            _casts.Clear();
            foreach (var part in children()) ((NamedModule)part).ComputeType = value;
        }
    }

    /// <summary>
    /// For this module and all its parts: products of linear layers on a CPU, forward and backward, round what they multiply to bfloat16,
    /// are summed in float32 and come out as float32 (<see cref="BFloat16Linear"/>). Needs <see cref="BFloat16Products"/>. Not to be set
    /// while another thread uses the module.
    /// </summary>
    public bool RoundsProducts
    {
        get => _roundsProducts;
        set
        {
            _roundsProducts = value;
            foreach (var part in children()) ((NamedModule)part).RoundsProducts = value;
        }
    }

    /// <summary>Registers a part. The order of registration is the order of the state dict.</summary>
    protected T Child<T>(string name, T module) where T : nn.Module
    {
        register_module(name, module);
        return module;
    }

    /// <summary>Registers a parameter of this module itself, float32, zero until initialised.</summary>
    protected Parameter Weight(string name, params long[] shape)
    {
        var parameter = new Parameter(zeros(shape, dtype: float32, device: Device));
        register_parameter(name, parameter);
        return parameter;
    }

    /// <summary>
    /// Registers a buffer, made on <see cref="Device"/>; persistent ones are part of the state dict. It lives as long as the module,
    /// whatever scope it was made in. TorchSharp lists and disposes persistent ones only.
    /// </summary>
    protected Tensor Buffer(string name, Tensor value, bool persistent)
    {
        Placement.Require(Device, value, name);
        register_buffer(name, value.DetachFromDisposeScope(), persistent);
        if (!persistent) _unlisted.Add(value);
        return value;
    }

    /// <summary>The tensor in <see cref="ComputeType"/>; with float32 the very same one, as in the other conversions.</summary>
    protected internal Tensor ToComputeType(Tensor x) => _computeType == ScalarType.Float32 ? x : x.to_type(_computeType);

    /// <summary>
    /// A parameter in <see cref="ComputeType"/>. One without a gradient is taken not to change any more: its copy is made once.
    /// </summary>
    [return: NotNullIfNotNull(nameof(parameter))]
    protected Tensor? ToComputeType(Parameter? parameter)
    {
        if (parameter is null || _computeType == ScalarType.Float32) return parameter;
        return parameter.requires_grad ? parameter.to_type(_computeType) : _casts.Get(parameter, _computeType);
    }

    /// <summary>
    /// What was computed in <see cref="ComputeType"/> in the type of the input it came from, so that the caller decides which type it goes
    /// on with.
    /// </summary>
    protected Tensor ToTypeOf(Tensor input, Tensor computed) =>
        _computeType == ScalarType.Float32 ? computed : computed.to_type(input.dtype);

    /// <summary>x w^T + b, rounded where <see cref="RoundsProducts"/>.</summary>
    /// <param name="x">[..., input]</param>
    /// <param name="w">[output, input]</param>
    /// <param name="b">[output], or none.</param>
    protected Tensor Linear(Tensor x, Tensor w, Tensor? b = null) =>
        (_roundsProducts ? BFloat16Linear.Of(x, w, b) : null) ?? nn.functional.linear(x, w, b);

    /// <summary>What was computed in <see cref="ComputeType"/>, in float32.</summary>
    protected Tensor ToFloat32(Tensor computed) => _computeType == ScalarType.Float32 ? computed : computed.to_type(ScalarType.Float32);

    /// <summary>Everything is registered by name above; TorchSharp would add the fields a second time under their C# names.</summary>
    protected override void RegisterComponents() { }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _casts.Clear();
            foreach (var buffer in _unlisted) buffer.Dispose();
        }
        base.Dispose(disposing);
    }
}
