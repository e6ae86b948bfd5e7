using System.Globalization;

namespace PgmCluster.Data.Blobs;

/// <summary>
/// Names with braces, as the library webdataset and shells expand them: <c>{000..127}</c> counts with as many digits, <c>{train,val}</c>
/// chooses; several multiply, the last one changing fastest.
/// </summary>
internal static class BraceNames
{
    private const int Most = 1_000_000;

    /// <summary>All names that a pattern stands for; itself where it has no braces.</summary>
    /// <exception cref="BadInputException">Braces do not fit, or it stands for over a million names.</exception>
    public static IReadOnlyList<string> Expand(string pattern)
    {
        var open = pattern.IndexOf('{');
        var close = open < 0 ? pattern.IndexOf('}') : pattern.IndexOf('}', open);
        if (open < 0 && close < 0) return [pattern];
        if (open < 0 || close < 0 || pattern.IndexOf('{', open + 1) is var inner && inner >= 0 && inner < close)
            throw Bad(pattern, "its braces do not fit each other, or lie in each other");
        var choices = Choices(pattern[(open + 1)..close], pattern);
        var rest = Expand(pattern[(close + 1)..]);
        return (long)choices.Count * rest.Count > Most
            ? throw Bad(pattern, $"it stands for over {Most} names")
            : [.. choices.SelectMany(_ => rest, (choice, end) => pattern[..open] + choice + end)];
    }

    private static IReadOnlyList<string> Choices(string text, string pattern)
    {
        var (from, to) = text.Split("..") is [var first, var last] ? (first, last) : ("", "");
        if (!Number(from, out var start) || !Number(to, out var end))
            return text.Contains(',') ? text.Split(',') : throw Bad(pattern, $"'{{{text}}}' is neither {{FIRST..LAST}} nor {{A,B}}");
        if (end < start) throw Bad(pattern, $"'{{{text}}}' counts backwards");
        if (end - start >= Most) throw Bad(pattern, $"it stands for over {Most} names");
        // As many digits as are written, where zeros lead.
        var digits = from.Length > 1 && from[0] == '0' || to[0] == '0' ? Math.Max(from.Length, to.Length) : 0;
        return [.. Enumerable.Range((int)start, (int)(end - start) + 1)
            .Select(n => n.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0'))];
    }

    private static bool Number(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= int.MaxValue;

    private static BadInputException Bad(string pattern, string found) =>
        new($"Reading the name '{pattern}': {found}. Write it as in shard-{{000000..000127}}.tar or {{train,val}}.tar.");
}
