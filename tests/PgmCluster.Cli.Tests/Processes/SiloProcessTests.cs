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

    /// <summary>Two of a machine serve their pages beside each other, each where it says.</summary>
    [Fact]
    public async Task Up_NothingSaid_ServesTheDashboardAtTheAddressThatItPrints()
    {
        using var up = PgmProcess.Start("up", "--home", _directory["home"], "--devices", "none");
        using var other = PgmProcess.Start("up", "--home", _directory["other"], "--devices", "none");
        List<string> said = [];
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        foreach (var silo in new[] { up, other })
        {
            await silo.WaitForAsync("the silo", p => p.Out.Contains("Stop with Ctrl-C", StringComparison.Ordinal));
            var line = Assert.Single(silo.Out.Split('\n'), l => l.StartsWith("Dashboard: ", StringComparison.Ordinal));
            var address = line.Split(' ')[1];
            Assert.Equal(
                address.EndsWith(":8081", StringComparison.Ordinal) ? $"Dashboard: {address}"
                    : $"Dashboard: {address} (port 8081 is taken; --api-port chooses one)",
                line.TrimEnd());
            Assert.Contains("There are no runs yet", await http.GetStringAsync(address));
            said.Add(address);
        }
        Assert.NotEqual(said[0], said[1]);
        foreach (var silo in new[] { up, other })
        {
            silo.Interrupt();
            await silo.WaitForExitAsync();
            Assert.Equal(0, silo.ExitCode);
        }
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
