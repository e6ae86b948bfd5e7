using System.Text.RegularExpressions;
using PgmCluster.Client;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Packages;

/// <summary>What deploy/docs/clients.md shows is what the sample does, and what the package offers.</summary>
public sealed class ClientsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "docs", "clients.md"));

    [Fact]
    public void Code_IsTheSamples()
    {
        var program = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "deploy", "samples", "SubmitTraining", "Program.cs"))
            .Select(l => l.Trim()).ToHashSet();
        var shown = Regex.Matches(Page, "```csharp\n(.*?)```", RegexOptions.Singleline).SelectMany(m => m.Groups[1].Value.Split('\n'))
            .Select(l => l.Trim()).Where(l => l.Length > 0).ToList();

        Assert.NotEmpty(shown);
        Assert.All(shown, line => Assert.Contains(line, program));
    }

    [Fact]
    public void Options_AreAllExplained_AndNoOthers()
    {
        var rows = Regex.Match(Page, @"\| option \|.*?\n\n", RegexOptions.Singleline).Value.Split('\n').Skip(2)
            .SelectMany(row => Regex.Matches(row.Split('|').ElementAtOrDefault(1) ?? "", "`(.*?)`").Select(m => m.Groups[1].Value));

        Assert.Equal(typeof(PgmClientOptions).GetProperties().Select(p => p.Name).Order(), rows.Order());
    }
}
