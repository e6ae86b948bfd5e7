using PgmCluster.Data.Pickles;

namespace PgmCluster.Data.PyTorch;

/// <summary>Names the values of a file that were kept without a meaning.</summary>
internal static class OpaqueValues
{
    /// <summary>
    /// Opaque values and keys below a value, with the keys that lead to them joined by dots; each pair once, in the file's order.
    /// </summary>
    public static IReadOnlyList<(string At, string Name)> Below(object? root)
    {
        var (found, seen) = (new List<(string, string)>(), new HashSet<object>(ReferenceEqualityComparer.Instance));
        Visit(root, "");
        return [.. found.Distinct()];

        void Visit(object? value, string at)
        {
            if (value is OpaqueValue opaque) found.Add((at, opaque.Name));
            if (value is not (OpaqueValue or PickleDictionary or object?[] or List<object?>) || !seen.Add(value)) return;
            foreach (var dictionary in Dictionaries(value))
            {
                foreach (var (key, child) in dictionary)
                {
                    if (key is OpaqueValue named) found.Add((at, named.Name));
                    Visit(child, at.Length > 0 ? $"{at}.{PickleGlobals.Shown($"{key}")}" : PickleGlobals.Shown($"{key}"));
                }
            }
            foreach (var child in value as IReadOnlyList<object?> ?? []) Visit(child, at);
        }
    }

    private static IEnumerable<PickleDictionary> Dictionaries(object value) => value switch
    {
        PickleDictionary dictionary => [dictionary],
        OpaqueValue opaque => new[] { opaque.Items, opaque.Attributes }.OfType<PickleDictionary>(),
        _ => [],
    };
}
