using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests;

/// <summary>Models small enough for any test, with weights of a formula: fresh ones would predict the same everywhere.</summary>
internal static class SmallModels
{
    public static readonly PartitionTransformerSettings Partition = new()
    {
        Codebook = 20,
        Tokens = 16,
        Classes = 3,
        Hidden = 24,
        Heads = 3,
        EncoderBlocks = 2,
        DecoderBlocks = 2,
        Dropout = 0,
    };

    /// <summary>One block on each side, where depth shows nothing more.</summary>
    public static readonly PartitionTransformerSettings Shallow =
        Partition with { Hidden = 16, Heads = 2, EncoderBlocks = 1, DecoderBlocks = 1 };

    public static readonly MaskGitSettings MaskGit = new()
    {
        Codebook = 20,
        Height = 4,
        Width = 6,
        Classes = 3,
        Hidden = 16,
        Depth = 2,
        Heads = 2,
        Dropout = 0,
    };

    public static PartitionTransformer Create(PartitionTransformerSettings settings) => Filled(new PartitionTransformer(settings));

    public static MaskGitTransformer Create(MaskGitSettings settings) => Filled(new MaskGitTransformer(settings));

    /// <returns>The same module.</returns>
    public static T Filled<T>(T module) where T : nn.Module
    {
        FormulaWeights.Fill(StateDict.Of(module), 1.5, 0);
        return module;
    }
}
