using PgmCluster.Data;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics.Inception;

/// <summary>The network with the weights of a file.</summary>
public static class InceptionWeights
{
    /// <summary>Counts training steps, which evaluation does not look at: files from before PyTorch 0.4.1 lack it.</summary>
    private const string StepCounter = "num_batches_tracked";

    /// <summary>Loads the network.</summary>
    /// <param name="path">A safetensors file with the names of the reference's state dict.</param>
    /// <exception cref="BadInputException">Another format, or missing or misshapen tensors: all of them are listed.</exception>
    /// <exception cref="DataCorruptException">The file is damaged.</exception>
    public static InceptionNetwork Load(string path)
    {
        using var tensors = Open(path);
        return Load(tensors, path);
    }

    /// <summary>Loads the network from tensors of any origin.</summary>
    public static InceptionNetwork Load(INamedTensors tensors, string origin)
    {
        var network = new InceptionNetwork();
        try
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var problems = new List<string>();
            foreach (var (name, target, _) in StateDict.Of(network).Entries)
            {
                if (!tensors.Contains(name))
                {
                    if (!name.EndsWith(StepCounter, StringComparison.Ordinal)) problems.Add($"{name} is missing");
                    continue;
                }
                var found = tensors.Read(name);
                if (!found.shape.SequenceEqual(target.shape)) problems.Add($"{name} is [{string.Join(',', found.shape)}] instead of [{string.Join(',', target.shape)}]");
                else target.copy_(found);
                found.Dispose();
            }
            if (problems.Count > 0)
                throw new BadInputException($"Loading Inception weights from {origin}: {string.Join("; ", problems)}. Use torch-fidelity's weights-inception-2015-12-05 with its own names.");
            foreach (var parameter in network.parameters()) parameter.requires_grad = false;
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static INamedTensors Open(string path) => Path.GetExtension(path) switch
    {
        ".safetensors" => new SafetensorsTensors(path),
        var other => throw new BadInputException(
            $"Loading Inception weights from {path}: files of type '{other}' cannot be read. Convert it in Python: safetensors.torch.save_file(torch.load('{Path.GetFileName(path)}'), 'inception.safetensors')."),
    };
}
