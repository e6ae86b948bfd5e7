namespace PgmCluster.Cli.Errors;

/// <summary>The known name that somebody who mistyped most likely meant.</summary>
internal static class NearestName
{
    /// <summary>The nearest of <paramref name="known"/>, or null where none is near enough to be a slip of the fingers.</summary>
    public static string? Find(string given, IEnumerable<string> known)
    {
        var allowed = Math.Max(2, given.Length / 3);
        return known
            .Select(name => (Name: name, Distance: Distance(given.ToLowerInvariant(), name.ToLowerInvariant())))
            .Where(x => x.Distance <= allowed)
            .OrderBy(x => x.Distance).ThenBy(x => x.Name, StringComparer.Ordinal)
            .Select(x => x.Name)
            .FirstOrDefault();
    }

    /// <summary>The end of a sentence: "; did you mean 'X'?", or <paramref name="otherwise"/> where no name is near.</summary>
    public static string Hint(string given, IEnumerable<string> known, string otherwise = ".") =>
        Find(given, known) is { } name ? $"; did you mean '{name}'?" : otherwise;

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one into the other.</summary>
    internal static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, 1 + Math.Min(d[i - 1, j], d[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
