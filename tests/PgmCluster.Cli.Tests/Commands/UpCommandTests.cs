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

    /// <summary>Ends once the silo has said that it is ready.</summary>
    private async Task<CliRun> UpAsync()
    {
        using var stop = new CancellationTokenSource();
        _cluster.Standing = stop.Cancel;
        return await CliRun.Of(_cluster, stop.Token, "up", "--home", _directory["home"], "--json");
    }
}
