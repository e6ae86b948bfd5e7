using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Blocks;

public class NamedModuleTests
{
    /// <summary>TorchSharp neither lists nor disposes buffers that are in no state dict.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Buffer_OfAModuleMadeInAScope_LivesAsLongAsTheModule(bool persistent)
    {
        Constant module;
        using (NewDisposeScope()) module = new Constant(persistent);

        Assert.Equal(6, module.Value.sum().item<float>());
        module.Dispose();

        Assert.True(module.Value.IsInvalid);
    }

    private sealed class Constant : NamedModule
    {
        public Constant(bool persistent) : base(nameof(Constant), null) => Value = Buffer("value", full([3], 2f, device: CPU), persistent);

        public Tensor Value { get; }
    }
}
