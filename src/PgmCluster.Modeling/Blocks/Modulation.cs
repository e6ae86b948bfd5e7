using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>
/// The adaLN parameters of one block for a batch: what the class embedding makes of its linear. Each [B, 1, H]; scales already hold
/// the added 1. They depend on the class only, so that a sampler computes them once per image.
/// </summary>
public sealed record Modulation(Tensor Shift1, Tensor Scale1, Tensor Gate1, Tensor Shift2, Tensor Scale2, Tensor Gate2)
{
    /// <param name="linear">The block's adaLN linear, H to 6H.</param>
    /// <param name="condition">[B, H]</param>
    public static Modulation Of(LinearLayer linear, Tensor condition)
    {
        using var scope = NewDisposeScope();
        var modulation = Of(linear.Forward(condition));
        modulation.MoveToOuterDisposeScope();
        return modulation;
    }

    /// <param name="joined">The linear's output, [B, 6H].</param>
    public static Modulation Of(Tensor joined)
    {
        using var scope = NewDisposeScope();
        var parts = joined.unsqueeze(1).chunk(6, -1); // 6 x [B, 1, H]
        return new Modulation(
            parts[0].MoveToOuterDisposeScope(), (parts[1] + 1).MoveToOuterDisposeScope(), parts[2].MoveToOuterDisposeScope(),
            parts[3].MoveToOuterDisposeScope(), (parts[4] + 1).MoveToOuterDisposeScope(), parts[5].MoveToOuterDisposeScope());
    }

    /// <summary>All of them.</summary>
    internal IEnumerable<Tensor> Tensors => [Shift1, Scale1, Gate1, Shift2, Scale2, Gate2];

    /// <summary>Hands all tensors to the enclosing dispose scope.</summary>
    public void MoveToOuterDisposeScope()
    {
        foreach (var tensor in Tensors) tensor.MoveToOuterDisposeScope();
    }
}
