using System.Net;
using System.Text.RegularExpressions;

namespace PgmCluster.Data.Blobs.Http;

/// <summary>The names in what a server gives as a list: the links of a directory's page, or the lines of a text.</summary>
internal static partial class HttpList
{
    /// <summary>Files below a page's address that it links to directly, and pages of directories right below it.</summary>
    /// <param name="html">The page, as servers make it of a directory.</param>
    /// <param name="page">Its address.</param>
    /// <param name="root">What names are relative to.</param>
    /// <param name="budget">What links are counted in.</param>
    /// <exception cref="BadInputException">It links to more than there may be, or is made to be read for ever.</exception>
    public static (IReadOnlyCollection<string> Files, IReadOnlyCollection<Uri> Pages) OfPage(
        string html, Uri page, Uri root, ListingBudget budget)
    {
        var (files, pages) = (new SortedSet<string>(StringComparer.Ordinal), new HashSet<Uri>());
        try
        {
            foreach (Match link in Links().Matches(html))
            {
                var written = link.Groups["to"];
                budget.Take(1, written.Length);
                // Orders of columns, anchors and the way up are links too.
                var given = WebUtility.HtmlDecode(written.Value);
                if (!Uri.TryCreate(page, given, out var to) || to.Query.Length > 0 || to.Fragment.Length > 0) continue;
                if (Below(to, page) is not { Length: > 0 } name) continue;
                if (name.IndexOf('/') == name.Length - 1) pages.Add(to);
                else if (!name.Contains('/')) files.Add(Below(to, root)!);
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new BadInputException(
                $"Listing {page}: its links cannot be told apart in time. "
                + "Give names with braces, or the address of a .txt that lists the files.", e);
        }
        return (files, pages);
    }

    /// <summary>A name or address a line; blank lines and those that begin with # do not count.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="root">What names are relative to.</param>
    /// <param name="budget">What names are counted in.</param>
    /// <exception cref="BadInputException">
    /// A line names something that is not below <paramref name="root"/>, or the lines more than there may be.
    /// </exception>
    public static IReadOnlyList<string> OfText(string text, Uri root, ListingBudget budget) =>
        [.. text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#').SelectMany(l => BraceNames.Expand(l, budget))
            .Select(l => HttpLocation.Is(l)
                ? Uri.TryCreate(l, UriKind.Absolute, out var to) && Below(to, root) is { } name ? name : throw new BadInputException(
                    $"Reading the list of files below {root}: it names {HttpLocation.Shown(l)}, which lies elsewhere. "
                    + "Put the list beside the files.")
                : HttpLocation.Checked(l, root.ToString())).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The part of an address behind another; null where it is not below it, on the same server.</summary>
    private static string? Below(Uri to, Uri root) =>
        Uri.Compare(to, root, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0
            && to.AbsolutePath.StartsWith(root.AbsolutePath, StringComparison.Ordinal)
            ? Uri.UnescapeDataString(to.AbsolutePath[root.AbsolutePath.Length..])
            : null;

    // No tag is looked for behind the next one's beginning: else tags without an end are read again for each of them.
    [GeneratedRegex("<a\\s[^<>]*?href\\s*=\\s*(?:\"(?<to>[^\"]*)\"|'(?<to>[^']*)')", RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Links();
}
