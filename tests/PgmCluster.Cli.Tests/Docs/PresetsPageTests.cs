using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Docs;

/// <summary>The reference of presets and keys is what the program says.</summary>
public sealed class PresetsPageTests
{
    [Fact]
    public async Task Page_IsWhatTheCodeSays()
    {
        var run = await CliRun.Of(new FakeCluster(), "presets", "keys", "--json");
        var expected = PresetsPage.Write(run.Json.GetProperty("keys").EnumerateArray());
        var path = Path.Combine(RepositoryRoot.Path, "deploy", "docs", "presets.md");
        var received = Path.Combine(AppContext.BaseDirectory, "received-presets.md");

        var page = File.Exists(path) ? File.ReadAllText(path) : "";
        if (page != expected) File.WriteAllText(received, expected);

        Assert.True(page == expected, $"{path} is not what the code says any more. Compare it with {received}, and put that in its place.");
    }
}
