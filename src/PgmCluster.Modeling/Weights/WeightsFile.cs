using PgmCluster.Data;
using PgmCluster.Data.Safetensors;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Weights;

/// <summary>Reading tensors and whole models from safetensors files.</summary>
public static class WeightsFile
{
    /// <summary>One tensor, on the CPU.</summary>
    public static Tensor Read(SafetensorsFile file, string name)
    {
        var entry = file[name];
        var tensor = empty(entry.Shape, dtype: TensorTypes.Of(entry.Type));
        file.Read(name, tensor.bytes);
        return tensor;
    }

    /// <summary>Fills a model. Names and shapes must fit exactly; all differences are listed at once.</summary>
    /// <param name="state">The model's state.</param>
    /// <param name="file">Where the tensors are.</param>
    /// <param name="prefix">Put before each of the model's names; entries without it are not looked at.</param>
    /// <exception cref="BadInputException">Missing, surplus or misshapen tensors.</exception>
    public static void Load(StateDict state, SafetensorsFile file, string prefix = "")
    {
        var problems = new List<string>();
        foreach (var (name, tensor, _) in state.Entries)
        {
            if (!file.Contains(prefix + name)) problems.Add($"{name} is missing");
            else if (!file[prefix + name].Shape.SequenceEqual(tensor.shape))
                problems.Add($"{name} is [{string.Join(',', file[prefix + name].Shape)}] instead of [{string.Join(',', tensor.shape)}]");
        }
        if (prefix.Length > 0)
        {
            problems.AddRange(file.Entries.Where(e => e.Name.StartsWith(prefix, StringComparison.Ordinal) && !state.Contains(e.Name[prefix.Length..]))
                .Select(e => $"{e.Name} is not part of the model"));
        }
        if (problems.Count > 0) throw new BadInputException($"Loading weights: {string.Join("; ", problems)}. Use weights that were made with this model's settings.");

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (name, tensor, _) in state.Entries) tensor.copy_(Read(file, prefix + name));
    }
}
