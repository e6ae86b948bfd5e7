using System.Text.RegularExpressions;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Docs;

/// <summary>The README begins with what one needs to begin.</summary>
public sealed partial class ReadmeTests
{
    private const int MostLines = 8;

    private static string Text => Pages.All["README.md"];

    [Fact]
    public void Headings_FirstCommandsAndWaysIn_ThenResults_FaultsLater()
    {
        var headings = Heading().Matches(Text).Select(m => m.Groups[1].Value).ToList();

        Assert.Equal(["Two commands", "Three ways in", "Results"], headings[..3]);
        Assert.True(headings.IndexOf("Under faults") > headings.IndexOf("Working with it"));
    }

    [Theory]
    [InlineData("You have pictures and a laptop.")]
    [InlineData("You run Kubernetes.")]
    [InlineData("You write a program.")]
    public void WayIn_HasItsFewLines(string lead)
    {
        var way = Text[Text.IndexOf($"\n**{lead}**", StringComparison.Ordinal)..];

        Assert.InRange(Block().Match(way).Groups[2].Value.Split('\n').Length - 1, 2, MostLines);
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("home")]
    [InlineData("gang")]
    public void Word_IsExplainedWhereItFirstStands(string word)
    {
        var first = Regex.Match(Text, $@"\b{word}s?\b", RegexOptions.IgnoreCase);

        Assert.StartsWith($"**{word}** is ", Text[(first.Index - 2)..]);
    }

    /// <summary>Which the tests of the manifests know.</summary>
    [Fact]
    public void KubernetesCommands_AreThoseOfTheManifestsPage()
    {
        var page = Pages.All[Path.Combine("k8s", "README.md")].Split('\n').ToHashSet();
        var way = Text[Text.IndexOf("\n**You run Kubernetes.**", StringComparison.Ordinal)..];

        Assert.All(Block().Match(way).Groups[2].Value.TrimEnd().Split('\n'), line => Assert.Contains(line, page));
    }

    [Fact]
    public void Code_IsTheSamples()
    {
        var sample = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "deploy", "samples", "SubmitTraining", "Program.cs"))
            .Select(l => l.Trim()).ToHashSet();
        var shown = Block().Matches(Text).Where(m => m.Groups[1].Value == "csharp")
            .SelectMany(m => m.Groups[2].Value.TrimEnd().Split('\n')).ToList();

        Assert.NotEmpty(shown);
        Assert.All(shown, line => Assert.Contains(line.Trim(), sample));
    }

    [GeneratedRegex(@"^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
