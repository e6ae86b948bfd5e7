using PgmCluster.Execution.Specifications;

namespace PgmCluster.Cli.Errors;

/// <summary>The known name that somebody who mistyped most likely meant.</summary>
internal static class NearestName
{
    /// <summary>The nearest of <paramref name="known"/>, or null where none is near enough to be a slip of the fingers.</summary>
    public static string? Find(string given, IEnumerable<string> known)
    {
        var allowed = Math.Max(2, given.Length / 3);
        return known
            .Select(name => (Name: name, Distance: Nearest.Distance(given, name)))
            .Where(x => x.Distance <= allowed)
            .OrderBy(x => x.Distance).ThenBy(x => x.Name, StringComparer.Ordinal)
            .Select(x => x.Name)
            .FirstOrDefault();
    }

    /// <summary>The end of a sentence: "; did you mean 'X'?", or <paramref name="otherwise"/> where no name is near.</summary>
    public static string Hint(string given, IEnumerable<string> known, string otherwise = ".") =>
        Find(given, known) is { } name ? $"; did you mean '{name}'?" : otherwise;
}
