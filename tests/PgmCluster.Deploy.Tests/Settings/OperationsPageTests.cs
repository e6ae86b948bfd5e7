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

    [GeneratedRegex(@"^\| `Pgm:(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
