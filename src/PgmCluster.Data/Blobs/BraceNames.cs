using System.Globalization;

namespace PgmCluster.Data.Blobs;

/// <summary>
/// Names with braces, as the library webdataset and shells expand them: <c>{000..127}</c> counts with as many digits, <c>{train,val}</c>
/// chooses; several multiply, the last one changing fastest.
/// </summary>
internal static class BraceNames
{
    private const int MostGroups = 16, LongestPattern = 1024, Shown = 60;

    /// <summary>All names that a pattern stands for; itself where it has no braces.</summary>
    /// <param name="pattern">With or without braces.</param>
    /// <param name="budget">What the names are counted in, before there are any.</param>
    /// <exception cref="BadInputException">Braces do not fit, or it stands for more names than there may be.</exception>
    public static IEnumerable<string> Expand(string pattern, ListingBudget budget)
    {
        if (pattern.AsSpan().IndexOfAny('{', '}') < 0)
        {
            budget.Take(1, pattern.Length);
            return [pattern];
        }
        if (pattern.Length > LongestPattern)
            throw Bad(pattern, $"with its braces it has {pattern.Length} characters, over {LongestPattern}");
        var groups = pattern.Count(c => c == '{');
        if (groups > MostGroups) throw Bad(pattern, $"it has {groups} groups of braces, over {MostGroups}");
        var parts = new List<Part>();
        var at = 0;
        while (at < pattern.Length)
        {
            var open = pattern.IndexOf('{', at);
            var close = pattern.IndexOf('}', at);
            if (open < 0 && close < 0) break;
            if (open < 0 || close < open || pattern.IndexOf('{', open + 1) is var inner && inner >= 0 && inner < close)
                throw Bad(pattern, "its braces do not fit each other, or lie in each other");
            if (open > at) parts.Add(Part.Of(pattern[at..open]));
            parts.Add(Choices(pattern[(open + 1)..close], pattern));
            at = close + 1;
        }
        if (at < pattern.Length) parts.Add(Part.Of(pattern[at..]));
        // Of at most 16 factors up to a million: larger than a number of 64 bits holds.
        var count = parts.Aggregate((Int128)1, (product, part) => Int128.Min(product * part.Count, long.MaxValue));
        budget.Take((long)count, parts.Sum(p => p.Longest));
        return Combined(parts, (int)count);
    }

    private static IEnumerable<string> Combined(List<Part> parts, int count)
    {
        var chosen = new string[parts.Count];
        for (var number = 0; number < count; number++)
        {
            var rest = number;
            for (var part = parts.Count - 1; part >= 0; part--)
            {
                chosen[part] = parts[part].At(rest % parts[part].Count);
                rest /= parts[part].Count;
            }
            yield return string.Concat(chosen);
        }
    }

    private static Part Choices(string text, string pattern)
    {
        var (from, to) = text.Split("..") is [var first, var last] ? (first, last) : ("", "");
        if (!Number(from, out var start) || !Number(to, out var end))
            return text.Contains(',') ? Part.Of(text.Split(',')) : throw Bad(pattern, $"'{{{Short(text)}}}' is neither {{FIRST..LAST}} nor {{A,B}}");
        if (end < start) throw Bad(pattern, $"'{{{text}}}' counts backwards");
        if (end - start >= ListingBudget.MostNames) throw Bad(pattern, $"it stands for over {ListingBudget.MostNames} names");
        // As many digits as are written, where zeros lead.
        var digits = from.Length > 1 && from[0] == '0' || to[0] == '0' ? Math.Max(from.Length, to.Length) : 0;
        return new Part((int)(end - start) + 1, Written(end, digits).Length, n => Written(start + n, digits));
    }

    private static string Written(long number, int digits) => number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');

    private static bool Number(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= int.MaxValue;

    private static string Short(string text) => text.Length <= Shown ? text : text[..Shown] + "...";

    private static BadInputException Bad(string pattern, string found) =>
        new($"Reading the name '{Short(pattern)}': {found}. Write it as in shard-{{000000..000127}}.tar or {{train,val}}.tar.");

    /// <summary>What may stand at one place; numbers are written when they are asked for, since there may be a million.</summary>
    private sealed record Part(int Count, int Longest, Func<int, string> At)
    {
        public static Part Of(params string[] texts) => new(texts.Length, texts.Max(t => t.Length), i => texts[i]);
    }
}
