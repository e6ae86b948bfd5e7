using System.Text.RegularExpressions;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Docs;

/// <summary>Links between pages lead somewhere.</summary>
public sealed partial class LinkTests
{
    [Fact]
    public void Links_LeadToFiles_AndToHeadingsOfThem()
    {
        var broken = new List<string>();
        foreach (var (page, text) in Pages.All)
        {
            foreach (var target in Link().Matches(text).Select(m => m.Groups[1].Value).Where(t => !t.Contains("://", StringComparison.Ordinal)))
            {
                var (path, anchor) = target.Split('#') is [var p, var a] ? (p, a) : (target, "");
                var file = path.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, path);
                var full = Path.GetFullPath(file, RepositoryRoot.Path);
                if (!Path.Exists(full)) broken.Add($"{page}: {target} is not there");
                else if (anchor.Length > 0 && !Anchors(File.ReadAllText(full)).Contains(anchor)) broken.Add($"{page}: {target} is no heading");
            }
        }
        Assert.Empty(broken);
    }

    /// <summary>As GitHub names headings, and what a page names itself.</summary>
    private static HashSet<string> Anchors(string text) =>
        [.. Heading().Matches(text).Select(m => NotInAnchors().Replace(m.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
            .. Named().Matches(text).Select(m => m.Groups[1].Value)];

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"<a id=""([\w\-]+)"">")]
    private static partial Regex Named();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();
}
