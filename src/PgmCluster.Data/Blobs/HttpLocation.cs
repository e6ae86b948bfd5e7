namespace PgmCluster.Data.Blobs;

/// <summary>
/// Files of a web server by one address: a file, names with braces, a page or a text that lists files. What it means is found without
/// asking anybody, so that whoever reads one file needs no list.
/// </summary>
/// <param name="Base">The address that names are relative to; ends with a slash.</param>
/// <param name="Names">
/// The files, relative, made and checked as they are asked for: there may be a million. Null where <paramref name="List"/> tells.
/// </param>
/// <param name="List">The page or text that lists them.</param>
internal sealed record HttpLocation(Uri Base, IEnumerable<string>? Names, Uri? List)
{
    private const string TextList = ".txt";

    /// <summary>Characters of a path or name in messages.</summary>
    private const int Longest = 200;

    /// <summary>Whether a place is an address of the web.</summary>
    public static bool Is(string location) => location.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || location.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="BadInputException">It is no address, has a password or a query in it, or braces that do not fit.</exception>
    public static HttpLocation Parse(string location)
    {
        var authority = Authority(location);
        if (authority.Contains('@') || Uri.TryCreate(location, UriKind.Absolute, out var whole) && whole.UserInfo.Length > 0)
            throw Bad(location, "it has a user's name or password in it, which would stand in records and logs");
        if (location.Contains('?') || location.Contains('#'))
            throw Bad(location, "it has a query or a fragment, which would not be the same for each file and may expire");
        var brace = location.IndexOf('{');
        // What is before the braces decides where names begin.
        var end = (brace < 0 ? location : location[..brace]).LastIndexOf('/') + 1;
        if (!Uri.TryCreate(location[..end], UriKind.Absolute, out var root) || root.Host.Length == 0
            || end <= location.IndexOf("//", StringComparison.Ordinal) + 2)
            throw Bad(location, "it is no address with a path");
        var name = location[end..];
        if (name.Length == 0) return new HttpLocation(root, null, root);
        if (brace < 0 && name.EndsWith(TextList, StringComparison.OrdinalIgnoreCase))
            return new HttpLocation(root, null, new Uri(root, Uri.EscapeDataString(Uri.UnescapeDataString(name))));
        var names = BraceNames.Expand(name, new ListingBudget($"Opening the data at {Shown(location)}"))
            .Select(n => Checked(Uri.UnescapeDataString(n), location));
        // Most of what cannot be shows in the first.
        _ = names.First();
        return new HttpLocation(root, names, null);
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
            : throw Bad(location, $"it names a file '{Short(name)}', which does not lie below it");

    /// <summary>
    /// An address for messages: scheme, host and path. What cannot be told apart from a name, a password or a signature is left out.
    /// </summary>
    internal static string Shown(string location)
    {
        var begin = location.IndexOf("//", StringComparison.Ordinal) + 2;
        var scheme = location[..begin];
        if (!Uri.TryCreate(location, UriKind.Absolute, out var address)) return scheme + "...";
        var rest = location[(begin + Authority(location).Length)..];
        var path = rest.IndexOfAny(['?', '#']) is var cut and >= 0 ? rest[..cut] : rest;
        // A password with a slash in it would be a part of the path.
        if (path.Contains('@')) path = "/...";
        var shown = $"{scheme}{(rest.Contains('@') ? address.Host : address.Authority)}{Short(path)}";
        return string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c));
    }

    private static string Short(string text) => text.Length > Longest ? text[..Longest] + "..." : text;

    private static string Authority(string location)
    {
        var begin = location.IndexOf("//", StringComparison.Ordinal) + 2;
        var end = location.IndexOfAny(['/', '?', '#'], begin);
        return location[begin..(end < 0 ? location.Length : end)];
    }

    private static BadInputException Bad(string location, string found) => new(
        $"Opening the data at {Shown(location)}: {found}. "
        + "Give the address of a file, of names such as shard-{000000..000127}.tar, of a directory's "
        + "page (with a slash at its end) or of a .txt that lists files.");
}
