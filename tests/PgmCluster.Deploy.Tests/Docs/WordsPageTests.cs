using System.Text.RegularExpressions;

namespace PgmCluster.Deploy.Tests.Docs;

/// <summary>The glossary holds the words that the other pages use.</summary>
public sealed partial class WordsPageTests
{
    private const string Page = "deploy/docs/words.md";

    private static IReadOnlyList<string> Words => [.. Row().Matches(Pages.All[Page]).Select(m => m.Groups[1].Value)];

    [Fact]
    public void EveryWord_IsExplainedOnce()
    {
        string[] needed = ["job", "unit", "attempt", "generation", "fence", "gang", "member", "device", "silo", "home", "lease", "plan", "shard", "artifact"];

        Assert.Empty(needed.Except(Words));
        Assert.Equal(Words.Distinct(), Words);
    }

    [Fact]
    public void EveryWord_IsUsedByAnotherPage() => Assert.All(
        Words,
        word => Assert.True(
            Pages.All.Any(p => p.Key != Page && Regex.IsMatch(p.Value, $@"\b{word}s?\b", RegexOptions.IgnoreCase)),
            $"{Page} explains '{word}', which no page uses."));

    [Fact]
    public void Readme_LeadsThereBeforeItGoesOn()
    {
        var readme = Pages.All["README.md"];

        Assert.InRange(readme.IndexOf("](deploy/docs/words.md)", StringComparison.Ordinal), 0, readme.IndexOf("\n## ", StringComparison.Ordinal));
    }

    /// <summary>A gang's number has a word of its own.</summary>
    [Fact]
    public void Generation_IsNotUsedOfGangs() => Assert.All(
        Pages.All.Where(p => p.Key != Page),
        p => Assert.DoesNotMatch(@"(gang|member)s?'?s? (of|in)( different| another| the next)? generation|generation's own secret|secret of (the|their) generation", p.Value));

    [GeneratedRegex(@"^\| \*\*(\w+)\*\* \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
