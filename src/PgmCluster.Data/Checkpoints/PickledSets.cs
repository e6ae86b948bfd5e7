using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;

namespace PgmCluster.Data.Checkpoints;

/// <summary>Finds the dictionaries of tensors in the values of a PyTorch file, pickled modules among them.</summary>
internal static class PickledSets
{
    private const int Deepest = 3, DeepestModule = 40;

    /// <summary>All of them by the keys that lead to them, in the file's order; the one at the top has an empty key.</summary>
    public static IReadOnlyList<(string Key, PickleDictionary Values)> In(object? root)
    {
        var found = new List<(string, PickleDictionary)>();
        Visit(root, "", 0);
        return found;

        void Visit(object? value, string key, int depth)
        {
            if (Module(value) is { } module) found.Add((key, module));
            else if (Dictionary(value) is { } dictionary)
            {
                if (dictionary.Any(p => p.Key is string && p.Value is PyTorchTensor)) found.Add((key, dictionary));
                if (depth == Deepest) return;
                foreach (var (name, child) in dictionary)
                {
                    // An optimizer's moments are tensors by number, and those of its groups no weights.
                    if (name is string text && !text.Contains("optim", StringComparison.OrdinalIgnoreCase))
                        Visit(child, key.Length > 0 ? $"{key}.{text}" : text, depth + 1);
                }
            }
        }
    }

    private static PickleDictionary? Dictionary(object? value) => value switch
    {
        PickleDictionary dictionary => dictionary,
        OpaqueValue { Items: { } items } => items,
        OpaqueValue { Attributes: { } attributes } => attributes,
        _ => null,
    };

    /// <summary>
    /// The state dict of a module that was pickled as a whole: what torch.nn.Module keeps in its attributes, under the names that it would
    /// give.
    /// </summary>
    private static PickleDictionary? Module(object? value)
    {
        if (!IsModule(value)) return null;
        var state = new PickleDictionary(isOrderedDict: true);
        Add((OpaqueValue)value!, "", 0);
        return state.Count > 0 ? state : null;

        void Add(OpaqueValue module, string prefix, int depth)
        {
            if (depth == DeepestModule) return;
            foreach (var kind in new[] { "_parameters", "_buffers" })
            {
                foreach (var (name, tensor) in Dictionary(module.Attributes!.Find(kind)) ?? [])
                {
                    if (tensor is PyTorchTensor) state.TryAdd($"{prefix}{name}", tensor);
                }
            }
            foreach (var (name, child) in Dictionary(module.Attributes!.Find("_modules")) ?? [])
            {
                if (IsModule(child)) Add((OpaqueValue)child!, $"{prefix}{name}.", depth + 1);
            }
        }
    }

    private static bool IsModule(object? value) =>
        value is OpaqueValue { Attributes: { } attributes } && Dictionary(attributes.Find("_parameters")) is not null
            && Dictionary(attributes.Find("_modules")) is not null;
}
