using System.Globalization;
using PgmCluster.Data.Names;

namespace PgmCluster.Data.Formats;

/// <summary>The classes of a dataset, and which of them a label as written means.</summary>
public sealed class ClassList
{
    private const int NamesShown = 5;
    private readonly Dictionary<string, int> _labels;

    private ClassList(IReadOnlyList<string> names, Dictionary<string, int> labels) => (Names, _labels) = (names, labels);

    /// <summary>The classes' names; a class is an index into this list.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The class that a label means.</summary>
    /// <param name="label">As written in a shard.</param>
    public int this[string label] => _labels[label];

    /// <summary>
    /// Makes the list of all that occurs. Where the source names its classes, numbers count in that list and other labels are names in it,
    /// compared in Unicode's composed form. Without such a list the classes are the labels that occur: numbers in their order, else names
    /// in ordinal order.
    /// </summary>
    /// <param name="named">The source's own list; null where it has none.</param>
    /// <param name="occurring">The labels of all shards as written; the same may occur often.</param>
    /// <param name="location">Names the source in messages.</param>
    /// <exception cref="BadInputException">A label is not in the source's own list, or the list names a class twice.</exception>
    public static ClassList Of(IReadOnlyList<string>? named, IEnumerable<string> occurring, string location)
    {
        var texts = occurring.Distinct(StringComparer.Ordinal).ToList();
        var areNumbers = texts.All(t => Number(t) is not null);
        if (named is not null) return InList(named, texts, areNumbers, location);
        var classes = texts.GroupBy(Plain, StringComparer.Ordinal).ToList();
        classes.Sort((a, b) => areNumbers ? Number(a.Key)!.Value.CompareTo(Number(b.Key)!.Value) : string.CompareOrdinal(a.Key, b.Key));
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < classes.Count; i++)
        {
            foreach (var text in classes[i]) labels.Add(text, i);
        }
        return new ClassList([.. classes.Select(c => c.Key)], labels);
    }

    private static ClassList InList(IReadOnlyList<string> named, List<string> texts, bool areNumbers, string location)
    {
        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < named.Count; i++)
        {
            if (!positions.TryAdd(Plain(named[i]), i))
                throw new BadInputException(
                    $"Opening the dataset {location}: its list names the class '{named[i]}' twice (lines "
                    + $"{positions[Plain(named[i])] + 1} and {i + 1}). Name each once.");
        }
        // Folders may be called 0 to 9 as well: names come first, and where they do not fit, numbers count in the list.
        var byName = !areNumbers || texts.All(t => positions.ContainsKey(Plain(t)));
        int Find(string text) =>
            byName ? positions.GetValueOrDefault(Plain(text), -1) : Number(text) is { } n && n < named.Count ? (int)n : -1;
        var found = texts.ToDictionary(t => t, Find, StringComparer.Ordinal);
        var missing = found.Where(f => f.Value < 0).Select(f => f.Key).ToList();
        if (missing.Count == 0) return new ClassList(named, found);
        throw new BadInputException($"Opening the dataset {location}: "
            + $"its list names {named.Count} classes, and pictures are labelled {FewOf.List(missing, NamesShown)}. "
            + "Complete the list, one class a line, or remove it.");
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Plain(string name) => ComposedText.Of(name.Trim());
}
