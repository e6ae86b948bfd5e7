namespace PgmCluster.Data.PyTorch;

/// <summary>Makes sure that whoever walks through the values of a pickle comes to an end.</summary>
internal static class PickleTree
{
    private const int Deepest = 64;

    /// <summary>Values met in a walk that visits shared ones each time: far above any checkpoint, far below what hurts.</summary>
    private const long Largest = 4_000_000;

    /// <summary>Refuses cycles, deep nesting, few values shared so often that they are many, and leaves that are no values.</summary>
    public static void Check(object? root) => Visit(root, 0, new Dictionary<object, (long Size, int Depth)>(ReferenceEqualityComparer.Instance));

    /// <returns>Values met, and levels below.</returns>
    private static (long Size, int Depth) Visit(object? value, int level, Dictionary<object, (long Size, int Depth)> known)
    {
        IEnumerable<object?>? children = value switch
        {
            object?[] tuple => tuple,
            List<object?> list => list,
            PickleDictionary dictionary => dictionary.Values,
            PickleGlobals.Function or PickleGlobals.StorageClass or PickleGlobals.NumpyType => throw new FormatException("it keeps a Python function or class as a value"),
            _ => null,
        };
        if (children is null) return (1, 0);
        if (known.TryGetValue(value!, out var before))
        {
            if (before.Size == 0) throw new FormatException("its values contain themselves");
            if (level + before.Depth > Deepest) throw TooDeep();
            return before;
        }
        if (level > Deepest) throw TooDeep();
        known[value!] = default;
        var (size, depth) = (1L, 0);
        foreach (var child in children)
        {
            var (below, deeper) = Visit(child, level + 1, known);
            size += below;
            depth = Math.Max(depth, deeper + 1);
            if (size > Largest) throw new FormatException($"its values, shared ones counted each time, are more than {Largest}");
        }
        return known[value!] = (size, depth);
    }

    private static FormatException TooDeep() => new($"its values are nested more than {Deepest} deep");
}
