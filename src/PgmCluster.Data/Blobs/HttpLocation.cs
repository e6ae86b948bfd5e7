namespace PgmCluster.Data.Blobs;

/// <summary>
/// Files of a web server by one address: a file, names with braces, a page or a text that lists files. What it means is found without
/// asking anybody, so that whoever reads one file needs no list.
/// </summary>
/// <param name="Base">The address that names are relative to; ends with a slash.</param>
/// <param name="Names">The files, relative; null where <paramref name="List"/> tells.</param>
/// <param name="List">The page or text that lists them.</param>
internal sealed record HttpLocation(Uri Base, IReadOnlyList<string>? Names, Uri? List)
{
    private const string TextList = ".txt";

    /// <summary>Whether a place is an address of the web.</summary>
    public static bool Is(string location) => location.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || location.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="BadInputException">It is no address, has a password or a query in it, or braces that do not fit.</exception>
    public static HttpLocation Parse(string location)
    {
        var brace = location.IndexOf('{');
        // What is before the braces decides where names begin.
        var end = (brace < 0 ? location : location[..brace]).LastIndexOf('/') + 1;
        if (!Uri.TryCreate(location[..end], UriKind.Absolute, out var root) || root.Host.Length == 0
            || end <= location.IndexOf("//", StringComparison.Ordinal) + 2)
            throw Bad(location, "it is no address with a path");
        if (root.UserInfo.Length > 0)
            throw Bad(Hidden(location), "it has a user's name or password in it, which would stand in records and logs");
        if (location.Contains('?') || location.Contains('#'))
            throw Bad(location, "it has a query or a fragment, which would not be the same for each file and may expire");
        var name = location[end..];
        if (name.Length == 0) return new HttpLocation(root, null, root);
        if (brace < 0 && name.EndsWith(TextList, StringComparison.OrdinalIgnoreCase))
            return new HttpLocation(root, null, new Uri(root, Uri.EscapeDataString(Uri.UnescapeDataString(name))));
        return new HttpLocation(root, [.. BraceNames.Expand(name).Select(n => Checked(Uri.UnescapeDataString(n), location))], null);
    }

    /// <summary>The address of a file.</summary>
    /// <param name="name">Relative, '/'-separated, not escaped.</param>
    /// <exception cref="BadInputException">It is no name below the base.</exception>
    public Uri Address(string name) =>
        new(Base, string.Join('/', Checked(name, Base.ToString()).Split('/').Select(Uri.EscapeDataString)));

    /// <exception cref="BadInputException">The name leads elsewhere.</exception>
    internal static string Checked(string name, string location) => name.Split('/').All(p => p is not ("" or "." or ".."))
        && !name.Contains('\\') && !name.Any(char.IsControl)
            ? name
            : throw Bad(location, $"it names a file '{name}', which does not lie below it");

    private static string Hidden(string location) =>
        $"{location[..(location.IndexOf("//", StringComparison.Ordinal) + 2)]}...{location[location.IndexOf('@')..]}";

    private static BadInputException Bad(string location, string found) => new(
        $"Opening the data at {location}: {found}. "
        + "Give the address of a file, of names such as shard-{000000..000127}.tar, of a directory's "
        + "page (with a slash at its end) or of a .txt that lists files.");
}
