using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Devices;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary>A silo in the foreground stays, whatever becomes of the silo where the scheduler lived.</summary>
public sealed class UpCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Up_SchedulerIsMoving_AsksAgainAndSaysTheDevices()
    {
        var asked = 0;
        _cluster.Devices = () =>
        {
            if (++asked < 3) throw new Orleans.Runtime.SiloUnavailableException("Unable to connect to S127.0.0.1:1:0");
            return Task.FromResult<IReadOnlyList<DeviceInfo>>(
                [new() { Worker = "a/cpu:0", SiloName = "a", Device = "cpu:0", Incarnation = "1" }]);
        };

        var run = await UpAsync();

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("cpu:0", run.Json.GetProperty("devices")[0].GetString());
        Assert.DoesNotContain("warning", run.Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Up_SchedulerDoesNotAnswer_IsReadyAllTheSameAndSaysWhy(bool hangs)
    {
        _cluster.Devices = () => hangs
            ? new TaskCompletionSource<IReadOnlyList<DeviceInfo>>().Task
            : throw new Orleans.Runtime.SiloUnavailableException("Unable to connect to S127.0.0.1:1:0");

        var run = await UpAsync();

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("127.0.0.1:30000", run.Json.GetProperty("gateway").GetString());
        Assert.Contains("The silo goes on; see 'pgm workers'.", run.Error);
        Assert.Contains(hangs ? "has not answered" : "Unable to connect", run.Error);
    }

    /// <summary>The dashboard is there where nothing says otherwise, and only where it lets in nobody whom the gateway keeps out.</summary>
    [Theory]
    [InlineData(8081, true)]
    [InlineData(0, false, "--no-dashboard")]
    [InlineData(9, false, "--no-dashboard", "--api-port", "9")]
    [InlineData(0, true, "--api-port", "0")]
    [InlineData(7, true, "PGM_APIPORT=7")]
    [InlineData(9, true, "PGM_APIPORT=7", "--api-port", "9")]
    [InlineData(5, true, "config")]
    [InlineData(0, false, "PGM_DASHBOARD=false")]
    [InlineData(0, true, "PGM_APIADDRESS=0.0.0.0")]
    [InlineData(0, true, "PGM_TLS=/keys")]
    [InlineData(8081, true, "PGM_TLS=/keys", "api-keys.json")]
    public async Task Up_Dashboard_IsWhereOneWouldLookForIt(int port, bool dashboard, params string[] said)
    {
        File.WriteAllText(_directory["silo.json"], """{ "Pgm": { "ApiPort": 5 } }""");
        List<string> args = [];
        foreach (var word in said)
        {
            if (word == "config") args.AddRange("--config", _directory["silo.json"]);
            else if (word.StartsWith("PGM_", StringComparison.Ordinal)) _cluster.Variables[word.Split('=')[0]] = word.Split('=')[1];
            else if (word == "api-keys.json")
                File.WriteAllText(Path.Combine(Directory.CreateDirectory(_directory["home"]).FullName, word), "{}");
            else args.Add(word);
        }

        // Nobody waits for devices that are not asked for.
        await UpAsync(["--devices", "none", .. args]);

        Assert.Equal((port, dashboard), (_cluster.LastOptions!.ApiPort, _cluster.LastOptions.Dashboard));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8081", "Dashboard: http://127.0.0.1:8081\n")]
    [InlineData("http://127.0.0.1:40000", "Dashboard: http://127.0.0.1:40000 (port 8081 is taken; --api-port chooses one)\n")]
    [InlineData("http://127.0.0.1:8081", null, "--no-dashboard", "--api-port", "8081")]
    [InlineData(null, null)]
    public async Task Up_Dashboard_IsSaidWhereItIs(string? address, string? line, params string[] args)
    {
        _cluster.ApiAddress = address;
        using var stop = new CancellationTokenSource();
        _cluster.Standing = stop.Cancel;

        var run = await CliRun.Of(_cluster, stop.Token, ["up", "--devices", "none", "--home", _directory["home"], .. args]);

        if (line is null) Assert.DoesNotContain("Dashboard", run.Out);
        else Assert.Contains(line, run.Out);
        Assert.Equal(address is not null, run.Out.Contains("HTTP API: ", StringComparison.Ordinal));
    }

    /// <summary>Ends once the silo has said that it is ready.</summary>
    private async Task<CliRun> UpAsync(params string[] args)
    {
        using var stop = new CancellationTokenSource();
        _cluster.Standing = stop.Cancel;
        return await CliRun.Of(_cluster, stop.Token, ["up", "--home", _directory["home"], "--json", .. args]);
    }
}
