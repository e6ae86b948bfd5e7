using PgmCluster.Modeling.Kernels;
using PgmCluster.Modeling.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>y = x W^T + b, weight [output, input], bias [output] or none.</summary>
public sealed class LinearLayer : NamedModule
{
    private readonly long _input, _output;

    public LinearLayer(long input, long output, bool bias = true, Device? device = null) : base(nameof(LinearLayer), device)
    {
        (_input, _output) = (input, output);
        W = Weight("weight", output, input);
        B = bias ? Weight("bias", output) : null;
    }

    public Parameter W { get; }

    public Parameter? B { get; }

    /// <param name="x">[..., input]</param>
    /// <returns>[..., output], of the type of <paramref name="x"/></returns>
    public Tensor Forward(Tensor x)
    {
        Placement.Check(W, x, B);
        return Small(x, _output) ?? ToTypeOf(x, Linear(ToComputeType(x), ToComputeType(W), ToComputeType(B)));
    }

    /// <summary>The first <paramref name="rows"/> of the outputs: nothing else is computed.</summary>
    public Tensor ForwardRows(Tensor x, long rows)
    {
        if (rows == _output) return Forward(x);
        if (Small(x, rows) is { } small) return small;
        using var scope = NewDisposeScope();
        var bias = ToComputeType(B);
        return ToTypeOf(
            x,
            Linear(
                ToComputeType(x), ToComputeType(W).narrow(0, 0, rows), bias?.narrow(0, 0, rows))).MoveToOuterDisposeScope();
    }

    /// <summary>Like <see cref="Forward(Tensor)"/> with something added to the bias, [output].</summary>
    public Tensor Forward(Tensor x, Tensor? offset)
    {
        if (offset is null) return Forward(x);
        Placement.Check(W, x, B, offset);
        using var scope = NewDisposeScope();
        var bias = ToComputeType(B is null ? offset : B + offset);
        return ToTypeOf(x, Linear(ToComputeType(x), ToComputeType(W), bias)).MoveToOuterDisposeScope();
    }

    private Tensor? Small(Tensor x, long rows) =>
        ComputeType == ScalarType.Float32 ? SmallProducts.Linear(x, W, B, _input, rows) : null;
}
