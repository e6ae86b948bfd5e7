using System.Text.RegularExpressions;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Settings;

/// <summary>The page for operators knows every setting, and no other.</summary>
public sealed partial class OperationsPageTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "docs", "operations.md"));

    private static IReadOnlyList<string> Rows => [.. Row().Matches(s_page).Select(m => m.Groups[1].Value)];

    [Fact]
    public void EverySetting_HasARow()
    {
        var rows = Rows.ToHashSet(StringComparer.OrdinalIgnoreCase);

        Assert.All(
            SiloSettings.Names,
            name => Assert.True(rows.Contains(name), $"Pgm:{name} has no row in the table of deploy/docs/operations.md."));
    }

    [Fact]
    public void EveryRow_IsASetting_Once()
    {
        Assert.All(
            Rows,
            name => Assert.True(SiloSettings.Names.Contains(name), $"deploy/docs/operations.md explains Pgm:{name}, which is no setting."));
        Assert.Equal(Rows.Distinct(StringComparer.OrdinalIgnoreCase), Rows);
    }

    /// <summary>Whoever starts a silo as the page's example does gets one that others reach, and that registers datasets.</summary>
    [Fact]
    public void ExampleOfASilo_IsOfSettingsThatThereAre_AndSaysWhereDatasetsLie()
    {
        var example = s_page[s_page.IndexOf("PGM_SILONAME=", StringComparison.Ordinal)..];
        var settings = example[..example.IndexOf("```", StringComparison.Ordinal)]
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).ToDictionary(s => s.Split('=')[0], s => s.Split('=')[1]);

        Assert.All(settings.Keys, name => Assert.True(SiloSettings.IsVariable(name), $"{name} of the example is no setting."));
        Assert.NotEqual("127.0.0.1", settings["PGM_ADVERTISEDADDRESS"]);
        Assert.NotEmpty(settings["PGM_IMPORTROOTS"]);
    }

    [GeneratedRegex(@"^\| `Pgm:(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
