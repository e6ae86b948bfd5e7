using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Blocks;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Placement;

/// <summary>That the device without memory refuses what a GPU would refuse: the proofs of placement rest on it.</summary>
[Collection(nameof(AloneOnMeta))]
public class StrictMetaTests
{
    private static readonly Device Meta = new(DeviceType.META);

    /// <summary>
    /// Operators of the models, samplers and optimizers that take several tensors; all of this libtorch's others are replaced, too.
    /// </summary>
    [Theory]
    [InlineData("mm")]
    [InlineData("bmm")]
    [InlineData("index_select")]
    [InlineData("index.Tensor")]
    [InlineData("gather")]
    [InlineData("scatter.src")]
    [InlineData("where.self")]
    [InlineData("cat")]
    [InlineData("searchsorted.Tensor")]
    [InlineData("native_layer_norm")]
    [InlineData("native_group_norm")]
    [InlineData("native_batch_norm")]
    [InlineData("convolution")]
    [InlineData("convolution_backward")]
    [InlineData("nll_loss_forward")]
    [InlineData("mul.Tensor")]
    [InlineData("_fused_adamw_")]
    [InlineData("copy_")]
    public void Operators_OfSeveralTensors_AreReplaced(string name) => Assert.Contains(name, StrictMeta.Operators);

    public static TheoryData<string, Action<Tensor, Tensor>> Mixed => new()
    {
        { "mm", (a, b) => a.mm(b) },
        { "bmm", (a, b) => a.unsqueeze(0).bmm(b.unsqueeze(0)) },
        { "index_select", (a, b) => a.index_select(0, b.select(0, 0).to_type(int64)) },
        { "index", (a, b) => _ = a[b.select(0, 0).to_type(int64)] },
        { "gather", (a, b) => a.gather(0, b.to_type(int64)) },
        { "scatter", (a, b) => a.scatter(0, b.to_type(int64), b) },
        { "where", (a, b) => a.where(b.ge(0), a) },
        { "cat", (a, b) => cat([a, b], 0) },
        { "searchsorted", (a, b) => searchsorted(a, b) },
        { "layer_norm", (a, b) => nn.functional.layer_norm(a, [3], b.select(0, 0)) },
        { "conv2d", (a, b) => nn.functional.conv2d(a.view(1, 1, 3, 3), b.view(1, 1, 3, 3)) },
        { "cross_entropy", (a, b) => nn.functional.cross_entropy(a, b.select(0, 0).to_type(int64)) },
        { "mul", (a, b) => a.mul(b) },
        { "masked_fill", (a, b) => Elementwise.MaskedFill(a, b.ge(0), 1) },
        { "add", (a, b) => a.add(b) },
        { "add_", (a, b) => a.add_(b) },
        { "sub", (a, b) => a.sub(b) },
        { "addcmul", (a, b) => addcmul(a, a, b, 1) },
        { "addcdiv_", (a, b) => a.addcdiv_(b, a, 1) },
        { "lt", (a, b) => a.lt(b) },
    };

    [Theory]
    [MemberData(nameof(Mixed))]
    public void Operator_OneOperandOnTheCpu_IsRefused(string name, Action<Tensor, Tensor> operation)
    {
        using var scope = NewDisposeScope();
        Assert.Empty(StrictMeta.Violations(() => operation(zeros([3, 3], device: Meta), zeros([3, 3], device: Meta))));

        Assert.True(IsRefused(() => operation(zeros([3, 3], device: Meta), zeros([3, 3], device: CPU))), name);
    }

    [Fact]
    public void Layers_OperandOnTheCpu_AreRefused()
    {
        using var scope = NewDisposeScope();
        using var linear = new LinearLayer(3, 3, device: Meta);
        using var convolution = new ConvLayer(1, 1, 1, device: Meta);
        using var table = new EmbeddingTable(3, 3, device: Meta);
        var heads = zeros([1, 2, 1, 2], device: Meta);

        Assert.True(IsRefused(() => linear.Forward(zeros([2, 3], device: CPU))), "linear");
        Assert.True(IsRefused(() => convolution.Forward(zeros([1, 1, 2, 2], device: CPU))), "convolution");
        Assert.True(IsRefused(() => table.Lookup(zeros([2], dtype: int64, device: CPU))), "table");
        Assert.True(
            IsRefused(() => MaskedAttention.Attend(heads, heads, heads, new AttentionMask(zeros([1, 1, 1, 2], device: CPU), null))),
            "mask");
    }

    [Fact]
    public void Replaced_Operators_GiveTheShapesTheyGiveOnTheCpu()
    {
        using var scope = NewDisposeScope();
        Tensor Backward(Device device)
        {
            var (x, w) = (zeros([2, 3, 8, 8], device: device), zeros([4, 3, 3, 3], device: device, requires_grad: true));
            nn.functional.conv2d(x, w, strides: [2, 2], padding: [1, 1], dilation: [1, 1]).sum().backward();
            return w.grad!;
        }

        foreach (var (ours, theirs) in new[]
        {
            (zeros([2, 5], device: Meta).mm(zeros([5, 7], device: Meta)), zeros([2, 5]).mm(zeros([5, 7]))),
            (Backward(Meta), Backward(CPU)),
            (cat([zeros([2, 3], device: Meta), zeros([4, 3], device: Meta)]), zeros([6, 3])),
        })
        {
            Assert.Equal(theirs.shape, ours.shape);
            Assert.Equal(DeviceType.META, ours.device_type);
        }
    }

    private static bool IsRefused(Action action)
    {
        try
        {
            return StrictMeta.Violations(action).Count > 0;
        }
        catch (Exception e) when (e is InvalidOperationException or System.Runtime.InteropServices.ExternalException)
        {
            return true;
        }
    }
}
