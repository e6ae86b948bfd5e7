using System.Text.Json;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Processes;

[Trait("Category", "Process")]
public sealed class SiloProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Up_ThenOtherCommands_UseItUntilInterrupted()
    {
        using var up = PgmProcess.Start("up", "--home", _directory["home"], "--devices", "cpu:0");
        await up.WaitForAsync("the silo", p => p.Out.Contains("Stop with Ctrl-C", StringComparison.Ordinal));

        using var list = await PgmProcess.RunAsync("dataset", "list", "--json", "--no-embed", "--home", _directory["home"]);
        Assert.True(list.ExitCode == 0, list.ToString());
        Assert.Empty(JsonSerializer.Deserialize<JsonElement>(list.Out).GetProperty("datasets").EnumerateArray());

        using var workers = await PgmProcess.RunAsync("workers", "--json", "--no-embed", "--home", _directory["home"]);
        Assert.Equal(
            "cpu:0", JsonSerializer.Deserialize<JsonElement>(workers.Out).GetProperty("workers")[0].GetProperty("device").GetString());

        using var second = await PgmProcess.RunAsync("quickstart", "--preset", "smoke", "--out", _directory["home"]);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"process {up.Id}", Assert.Single(second.ErrorLines));

        up.Interrupt();
        await up.WaitForExitAsync();
        Assert.Equal(0, up.ExitCode);
        using var after = await PgmProcess.RunAsync("dataset", "list", "--no-embed", "--home", _directory["home"]);
        Assert.Equal(1, after.ExitCode);
    }

    [Fact]
    public async Task Completion_NamesOfTheHome_BesideASiloAndWithoutOne()
    {
        using var up = PgmProcess.Start("up", "--home", _directory["home"], "--devices", "cpu:0");
        await up.WaitForAsync("the silo", p => p.Out.Contains("Stop with Ctrl-C", StringComparison.Ordinal));
        using var add = await PgmProcess.RunAsync(
            "dataset", "add", "fashion", Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"), "--home", _directory["home"]);
        Assert.True(add.ExitCode == 0, add.ToString());

        using var beside = await PgmProcess.RunWithAsync("PGM_HOME", _directory["home"], "completion", "words", "--", "dataset", "show", "");
        up.Interrupt();
        await up.WaitForExitAsync();
        using var without = await PgmProcess.RunAsync("completion", "words", "--", "dataset", "show", "--home", _directory["home"], "f");

        Assert.Equal(("fashion\n", "fashion\n"), (beside.Out, without.Out));
        using var none = await PgmProcess.RunAsync("completion", "words", "--", "dataset", "show", "--home", _directory["home"], "x");
        Assert.Equal("", none.Out + none.Error);
    }
}
