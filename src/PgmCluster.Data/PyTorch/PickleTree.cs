using PgmCluster.Data.Pickles;

namespace PgmCluster.Data.PyTorch;

/// <summary>Makes sure that whoever walks through the values of a pickle comes to an end.</summary>
internal sealed class PickleTree
{
    private const int Deepest = 64;

    /// <summary>Values met in a walk that visits shared ones each time: far above any checkpoint, far below what hurts.</summary>
    private const long Largest = 4_000_000;

    private readonly Dictionary<object, (long Size, int Depth)> _known = new(ReferenceEqualityComparer.Instance);
    private long _visits;

    private PickleTree()
    {
    }

    /// <summary>
    /// Refuses cycles, deep nesting, and few values shared so often that they are many. Objects whose content is such are part of many
    /// programs and of no use here: they lose their content instead.
    /// </summary>
    public static void Check(object? root)
    {
        if (new PickleTree().Visit(root, 0).Problem is { } problem) throw new FormatException(problem);
    }

    /// <returns>Values met, levels below, and why a walk from here would not end well; null where it would.</returns>
    private (long Size, int Depth, string? Problem) Visit(object? value, int level)
    {
        // A shared content that each of many objects loses anew is walked through by each of them.
        if (++_visits > 8 * Largest) throw new FormatException($"its values refer to each other more than {8 * Largest} times");
        var children = Children(value);
        if (children is null) return (1, 0, null);
        if (_known.TryGetValue(value!, out var before))
        {
            if (before.Size == 0) return (1, 0, "its values contain themselves");
            return level + before.Depth > Deepest ? (1, 0, TooDeep) : (before.Size, before.Depth, null);
        }
        _known[value!] = default;
        var (size, depth) = (1L, 0);
        var problem = level > Deepest ? TooDeep : null;
        if (problem is null)
        {
            foreach (var child in children)
            {
                (var below, var deeper, problem) = Visit(child, level + 1);
                size += below;
                depth = Math.Max(depth, deeper + 1);
                if (size > Largest) problem ??= $"its values, shared ones counted each time, are more than {Largest}";
                if (problem is not null) break;
            }
        }
        if (problem is not null && value is OpaqueValue opaque)
        {
            (opaque.Items, opaque.Attributes) = (null, null);
            (size, depth, problem) = (1, 0, null);
        }
        if (problem is null) _known[value!] = (size, depth);
        else _known.Remove(value!);
        return (size, depth, problem);
    }

    private static string TooDeep => $"its values are nested more than {Deepest} deep";

    private static IEnumerable<object?>? Children(object? value) => value switch
    {
        object?[] tuple => tuple,
        List<object?> list => list,
        PickleDictionary dictionary => dictionary.Values,
        OpaqueValue { Items: { } items, Attributes: { } attributes } => items.Values.Concat(attributes.Values),
        OpaqueValue { Items: { } items } => items.Values,
        OpaqueValue { Attributes: { } attributes } => attributes.Values,
        _ => null,
    };
}
