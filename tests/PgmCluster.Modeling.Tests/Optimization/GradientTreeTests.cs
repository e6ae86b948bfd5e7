using PgmCluster.Modeling.Optimization;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Optimization;

public class GradientTreeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(16)]
    public void Root_AnyPowerOfTwo_IsTheFixedBinaryTreeToTheBit(int leaves)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        var values = Enumerable.Range(0, leaves).Select(
            i => randn(64, dtype: float32, generator: generator) * Math.Pow(10, i % 5)).ToArray();
        using var tree = new GradientTree(64, CPU);
        foreach (var value in values) tree.Add(value);
        var root = zeros(64);
        tree.Root(root, 1);
        Assert.True(root.eq(Sum(values)).all().item<bool>());
    }

    [Fact]
    public void Root_OfSubtreeRoots_EqualsTheWholeTree()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6, CPU);
        var values = Enumerable.Range(0, 16).Select(_ => randn(64, dtype: float32, generator: generator)).ToArray();
        using var whole = new GradientTree(64, CPU);
        foreach (var value in values) whole.Add(value);
        using var upper = new GradientTree(64, CPU);
        for (var range = 0; range < 4; range++)
        {
            using var lower = new GradientTree(64, CPU);
            foreach (var value in values.Skip(range * 4).Take(4)) lower.Add(value);
            var sum = zeros(64);
            lower.Root(sum, 1);
            upper.Add(sum);
        }
        var (a, b) = (zeros(64), zeros(64));
        whole.Root(a, 0.25);
        upper.Root(b, 0.25);
        Assert.True(a.eq(b).all().item<bool>());
    }

    [Fact]
    public void Root_NotAPowerOfTwo_IsRefused()
    {
        using var tree = new GradientTree(4, CPU);
        using var leaf = ones(4);
        for (var i = 0; i < 3; i++) tree.Add(leaf);
        Assert.Throws<InvalidOperationException>(() => tree.Root(leaf, 1));
    }

    private static Tensor Sum(ReadOnlySpan<Tensor> values) =>
        values.Length == 1 ? values[0] : Sum(values[..(values.Length / 2)]) + Sum(values[(values.Length / 2)..]);
}
