using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>The small models of the golden data, by the file of their weights, as other golden files name them.</summary>
internal static class GoldenModels
{
    private const string State = "state.safetensors", Config = "config.json";

    /// <param name="weights">For example "pgm_tiny/state.safetensors" or "maskgit_tiny/proj1.state.safetensors".</param>
    /// <param name="device">Where it is made; null for the CPU.</param>
    public static nn.Module Of(string weights, Device? device = null)
    {
        var config = GoldenFiles.Json(weights[..^State.Length] + Config);
        nn.Module model = config.TryGetProperty("model", out _)
            ? new PartitionTransformer(PartitionConfig.Read(config), seed: null, device)
            : new MaskGitTransformer(MaskGitConfig.Read(config), seed: null, device);
        using var file = GoldenFiles.Open(weights);
        WeightsFile.Load(StateDict.Of(model), file);
        return model;
    }
}
