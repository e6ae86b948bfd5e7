using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>The modulations of every block for a batch of classes.</summary>
/// <param name="Blocks">One per block.</param>
/// <param name="Last">Of the final norm.</param>
public sealed record MaskGitConditioning(Modulation[] Blocks, (Tensor Shift, Tensor Scale) Last)
{
    /// <summary>All tensors.</summary>
    internal IEnumerable<Tensor> Tensors => [.. Blocks.SelectMany(m => m.Tensors), Last.Shift, Last.Scale];

    /// <summary>Hands all tensors to the enclosing dispose scope.</summary>
    public void MoveToOuterDisposeScope()
    {
        foreach (var tensor in Tensors) tensor.MoveToOuterDisposeScope();
    }
}
