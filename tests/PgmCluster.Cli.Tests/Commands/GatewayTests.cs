using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary>Commands against the silos of a cluster, and silos that join one.</summary>
public sealed class GatewayTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new();

    private IEnumerable<string> Connections => _cluster.Log.Where(line => line.StartsWith("connect ", StringComparison.Ordinal));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Gateway_RepeatedAndAsAList_UsesThatClusterAndNotTheHome()
    {
        _cluster.IsUp = true;

        var run = await CliRun.Of(
            _cluster, "runs", "list", "--home", _directory["home"], "--gateway", "db1:1,10.0.0.2:2", "--gateway", "[::1]:3");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(["connect db1:1 10.0.0.2:2 ::1:3 pgm"], Connections);
        Assert.False(Directory.Exists(_directory["home"]));
    }

    [Fact]
    public async Task Gateway_FromTheEnvironment_YieldsToTheCommandLine()
    {
        (_cluster.Variables["PGM_GATEWAY"], _cluster.Variables["PGM_CLUSTERID"]) = ("a:1,b:2", "other");

        await CliRun.Of(_cluster, "runs", "list");
        await CliRun.Of(_cluster, "runs", "list", "--gateway", "c:3");

        Assert.Equal(["connect a:1 b:2 other", "connect c:3 other"], Connections);
    }

    [Theory]
    [InlineData("PGM_DATABASE", "Host=db;Password=secret")]
    [InlineData("PGM_DATABASEFILE", "/run/secrets/db")]
    public async Task Command_ClusterInTheEnvironmentButNoSilo_IsRefusedInsteadOfLookingElsewhere(string variable, string value)
    {
        _cluster.Variables[variable] = value;

        var run = await CliRun.Of(_cluster, "runs", "list", "--home", _directory["home"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"{variable} is set", run.Error);
        Assert.Contains("--gateway", run.Error);
        Assert.DoesNotContain("secret", run.Error);
        Assert.Equal(0, _cluster.Embedded);
    }

    [Fact]
    public async Task Up_FileEnvironmentAndCommandLine_TheLaterOneDecides()
    {
        File.WriteAllText(_directory["silo.json"], """{ "Pgm": { "SiloName": "file", "SiloPort": 7, "CoresPerDevice": 3, "Devices": "none", "Artifacts": "/mnt/file" } }""");
        foreach (var (name, value) in new[] { ("PGM_SILOPORT", "8"), ("PGM_SILONAME", "environment"), ("PGM_DATABASE", "Host=db"),
            ("PGM_EXCLUSIVE", "false"), ("PGM_FAULTS", "x") })
            _cluster.Variables[name] = value;

        await UpAsync("--config", _directory["silo.json"], "--silo-name", "given", "--gateway-port", "9");

        var options = _cluster.LastOptions!;
        Assert.Equal(
            ("given", 8, 9, 3, "none"), (options.SiloName, options.SiloPort, options.GatewayPort, options.CoresPerDevice, options.Devices));
        Assert.Equal(
            ("Host=db", false, "/mnt/file", _directory["home"]), (options.Database, options.Exclusive, options.Artifacts, options.Home));
    }

    [Fact]
    public async Task Up_NothingSaid_KeepsEverythingInTheHome()
    {
        await UpAsync();

        var options = _cluster.LastOptions!;
        Assert.Equal(
            ("local", "", Path.Combine(_directory["home"], "artifacts"), "auto", 0),
            (options.SiloName, options.Database, options.Artifacts, options.Devices, options.GatewayPort));
    }

    private async Task UpAsync(params string[] args)
    {
        // A silo in the foreground ends when it is asked to, here as soon as it starts.
        using var cancelled = new CancellationTokenSource();
        _cluster.Embedding = cancelled.Cancel;
        await CliRun.Of(_cluster, cancelled.Token, ["up", "--home", _directory["home"], .. args]);
        Assert.Equal(1, _cluster.Embedded);
    }
}
