using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics.Inception;

/// <summary>The network with the weights of a file.</summary>
public static class InceptionWeights
{
    /// <summary>Counts training steps, which evaluation does not look at: files from before PyTorch 0.4.1 lack it.</summary>
    private const string StepCounter = "num_batches_tracked";

    /// <summary>Loads the network.</summary>
    /// <param name="path">torch-fidelity's PyTorch file, or a safetensors file with the same names; told by its content.</param>
    /// <param name="device">Where it computes; null for the CPU.</param>
    /// <exception cref="BadInputException">Another format, or missing or misshapen tensors: all of them are listed.</exception>
    /// <exception cref="DataCorruptException">The file is damaged.</exception>
    public static InceptionNetwork Load(string path, Device? device = null)
    {
        using var file = ReferenceCheckpoint.Open(path);
        return Load(file, device);
    }

    /// <param name="artifact">The same file in an artifact store.</param>
    /// <param name="device">Where it computes; null for the CPU.</param>
    /// <inheritdoc cref="Load(string, Device)"/>
    public static InceptionNetwork Load(FetchedArtifact artifact, Device? device = null)
    {
        using var file = ReferenceCheckpoint.Open(artifact);
        return Load(file, device);
    }

    private static InceptionNetwork Load(ReferenceCheckpoint file, Device? device)
    {
        var network = new InceptionNetwork(device);
        try
        {
            Fill(StateDict.Of(network), file.Model.ToDictionary(t => t.Name, StringComparer.Ordinal), file.Path);
            foreach (var parameter in network.parameters()) parameter.requires_grad = false;
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static void Fill(StateDict state, Dictionary<string, CheckpointTensor> tensors, string path)
    {
        var wanted = state.Entries.Where(e => !e.Name.EndsWith(StepCounter, StringComparison.Ordinal)).ToList();
        var problems = wanted.Where(e => !tensors.ContainsKey(e.Name)).Select(e => $"{e.Name} is missing").Concat(
            wanted.Where(e => tensors.TryGetValue(e.Name, out var given) && !given.Shape.SequenceEqual(e.Tensor.shape))
                .Select(
                    e => $"{e.Name} is [{string.Join(',', tensors[e.Name].Shape)}] instead of [{string.Join(',', e.Tensor.shape)}]"))
                        .ToList();
        if (problems.Count > 0)
            throw new BadInputException(
                $"Loading Inception weights from {path}: {string.Join("; ", problems)}. "
                + "Use torch-fidelity's weights-inception-2015-12-05 with its own names.");
        foreach (var (name, tensor, _) in wanted) WeightsFile.ReadInto(tensor, tensors[name]);
    }
}
