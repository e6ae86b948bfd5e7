using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics.Inception;

/// <summary>Branches side by side, their channels concatenated. The names of the parts are those of torchvision's Inception-v3.</summary>
public sealed class InceptionBlock : NamedModule
{
    private readonly List<InceptionBranch> _branches = [];

    private InceptionBlock(Device? device) : base(nameof(InceptionBlock), device) { }

    /// <param name="x">[B, channels, h, w]</param>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return cat([.. _branches.Select(b => b.Forward(x))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Mixed_5b, 5c, 5d: 224 + <paramref name="pooled"/> channels out.</summary>
    internal static InceptionBlock Wide(long input, long pooled, Device? device) => new InceptionBlock(device)
        .Add(InceptionPool.None, ("branch1x1", new(input, 64)))
        .Add(InceptionPool.None, ("branch5x5_1", new(input, 48)), ("branch5x5_2", new(48, 64, 5, 5)))
        .Add(
            InceptionPool.None, ("branch3x3dbl_1", new(input, 64)), ("branch3x3dbl_2", new(64, 96, 3, 3)),
            ("branch3x3dbl_3", new(96, 96, 3, 3)))
        .Add(InceptionPool.Average, ("branch_pool", new(input, pooled)));

    /// <summary>Mixed_6a: halves the map, 480 more channels out.</summary>
    internal static InceptionBlock FirstReduction(long input, Device? device) => new InceptionBlock(device)
        .Add(InceptionPool.None, ("branch3x3", new(input, 384, 3, 3, Stride: 2, Padded: false)))
        .Add(
            InceptionPool.None, ("branch3x3dbl_1", new(input, 64)), ("branch3x3dbl_2", new(64, 96, 3, 3)),
            ("branch3x3dbl_3", new(96, 96, 3, 3, Stride: 2, Padded: false)))
        .Add(InceptionPool.Halving);

    /// <summary>Mixed_6b to 6e: 7x7 kernels in two one-dimensional halves, 768 channels out.</summary>
    internal static InceptionBlock Factorized(long input, long inner, Device? device) => new InceptionBlock(device)
        .Add(InceptionPool.None, ("branch1x1", new(input, 192)))
        .Add(
            InceptionPool.None, ("branch7x7_1", new(input, inner)), ("branch7x7_2", new(inner, inner, 1, 7)),
            ("branch7x7_3", new(inner, 192, 7, 1)))
        .Add(InceptionPool.None,
            ("branch7x7dbl_1", new(input, inner)), ("branch7x7dbl_2", new(inner, inner, 7, 1)), ("branch7x7dbl_3", new(inner, inner, 1, 7)),
            ("branch7x7dbl_4", new(inner, inner, 7, 1)), ("branch7x7dbl_5", new(inner, 192, 1, 7)))
        .Add(InceptionPool.Average, ("branch_pool", new(input, 192)));

    /// <summary>Mixed_7a: halves the map, 512 more channels out.</summary>
    internal static InceptionBlock SecondReduction(long input, Device? device) => new InceptionBlock(device)
        .Add(InceptionPool.None, ("branch3x3_1", new(input, 192)), ("branch3x3_2", new(192, 320, 3, 3, Stride: 2, Padded: false)))
        .Add(InceptionPool.None,
            ("branch7x7x3_1", new(input, 192)), ("branch7x7x3_2", new(192, 192, 1, 7)), ("branch7x7x3_3", new(192, 192, 7, 1)),
            ("branch7x7x3_4", new(192, 192, 3, 3, Stride: 2, Padded: false)))
        .Add(InceptionPool.Halving);

    /// <summary>Mixed_7b and 7c: 2048 channels out.</summary>
    /// <param name="input">Channels in.</param>
    /// <param name="pool">The average, but the maximum in 7c: the network that FID is defined by was made so.</param>
    /// <param name="device">Where it computes; null for the CPU.</param>
    internal static InceptionBlock Forked(long input, InceptionPool pool, Device? device) => new InceptionBlock(device)
        .Add(InceptionPool.None, ("branch1x1", new(input, 320)))
        .AddForked([("branch3x3_1", new(input, 384))], ("branch3x3_2a", new(384, 384, 1, 3)), ("branch3x3_2b", new(384, 384, 3, 1)))
        .AddForked(
            [("branch3x3dbl_1", new(input, 448)), ("branch3x3dbl_2", new(448, 384, 3, 3))],
            ("branch3x3dbl_3a", new(384, 384, 1, 3)), ("branch3x3dbl_3b", new(384, 384, 3, 1)))
        .Add(pool, ("branch_pool", new(input, 192)));

    private InceptionBlock Add(InceptionPool pool, params (string Name, InceptionConvShape Shape)[] chain)
    {
        _branches.Add(new InceptionBranch(pool, Register(chain), []));
        return this;
    }

    private InceptionBlock AddForked((string Name, InceptionConvShape Shape)[] chain, params (string Name, InceptionConvShape Shape)[] ends)
    {
        _branches.Add(new InceptionBranch(InceptionPool.None, Register(chain), Register(ends)));
        return this;
    }

    private InceptionConv[] Register((string Name, InceptionConvShape Shape)[] parts) =>
        [.. parts.Select(p => Child(p.Name, new InceptionConv(p.Shape, Device)))];
}
