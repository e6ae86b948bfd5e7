using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>The modulations of every block for a batch of classes.</summary>
/// <param name="Blocks">One per block.</param>
/// <param name="Last">Of the final norm.</param>
public sealed record MaskGitConditioning(Modulation[] Blocks, (Tensor Shift, Tensor Scale) Last)
{
    /// <summary>Hands all tensors to the enclosing dispose scope.</summary>
    public void MoveToOuterDisposeScope()
    {
        foreach (var block in Blocks) block.MoveToOuterDisposeScope();
        Last.Shift.MoveToOuterDisposeScope();
        Last.Scale.MoveToOuterDisposeScope();
    }
}
