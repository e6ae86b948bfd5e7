using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>A module whose parts carry the names of the reference's state dict, whatever the C# fields are called.</summary>
public abstract class NamedModule(string name) : nn.Module(name)
{
    /// <summary>Registers a part. The order of registration is the order of the state dict.</summary>
    protected T Child<T>(string name, T module) where T : nn.Module
    {
        register_module(name, module);
        return module;
    }

    /// <summary>Registers a parameter of this module itself, float32, zero until initialised.</summary>
    protected Parameter Weight(string name, params long[] shape)
    {
        var parameter = new Parameter(zeros(shape, dtype: float32));
        register_parameter(name, parameter);
        return parameter;
    }

    /// <summary>Registers a buffer; persistent ones are part of the state dict.</summary>
    protected Tensor Buffer(string name, Tensor value, bool persistent)
    {
        register_buffer(name, value, persistent);
        return value;
    }

    /// <summary>Everything is registered by name above; TorchSharp would add the fields a second time under their C# names.</summary>
    protected override void RegisterComponents() { }
}
