using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Tests.Hosting;

public sealed class SiloEndpointTests : IDisposable
{
    private readonly TemporaryHome _home = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SiloEndpointTests() => _listener.Start();

    private string Listening => _listener.LocalEndpoint.ToString()!;

    public void Dispose()
    {
        _listener.Dispose();
        _home.Dispose();
    }

    [Fact]
    public void Find_LiveSilo_IsFound_TheLatestOfSeveral()
    {
        Endpoint("one").Publish(_home.Path);
        var later = Endpoint("two") with { StartedAt = DateTimeOffset.UtcNow.AddSeconds(5) };
        later.Publish(_home.Path);

        Assert.Equal(later, SiloEndpoint.Find(_home.Path));
        later.Withdraw(_home.Path);
        Assert.Equal("one", SiloEndpoint.Find(_home.Path)!.SiloName);
    }

    [Fact]
    public void Find_ProcessIsGone_IgnoresAndDeletes_EvenIfThePortAnswers()
    {
        using var gone = Process.Start("true")!;
        gone.WaitForExit();
        (Endpoint("dead") with { Pid = gone.Id }).Publish(_home.Path);

        Assert.Null(SiloEndpoint.Find(_home.Path));
        Assert.Empty(Directory.GetFiles(Path.Combine(_home.Path, "run")));
    }

    [Fact]
    public void Find_ProcessNumberWasReused_IgnoresAndDeletes()
    {
        (Endpoint("dead") with { StartedAt = DateTimeOffset.UtcNow.AddDays(-400) }).Publish(_home.Path);

        Assert.Null(SiloEndpoint.Find(_home.Path));
        Assert.Empty(Directory.GetFiles(Path.Combine(_home.Path, "run")));
    }

    [Fact]
    public void Find_GatewayRefuses_IgnoresButKeeps()
    {
        var endpoint = Endpoint("starting");
        _listener.Stop();
        endpoint.Publish(_home.Path);

        Assert.Null(SiloEndpoint.Find(_home.Path));
        Assert.Single(Directory.GetFiles(Path.Combine(_home.Path, "run")));
    }

    [Theory]
    [InlineData(-400)]
    [InlineData(400)]
    public void Find_ClockWasSetSinceTheSiloStarted_IsStillFound(int days)
    {
        var endpoint = Endpoint("live") with
        {
            StartedAt = DateTimeOffset.UtcNow.AddDays(days),
            Process = ProcessIdentity.Of(Environment.ProcessId),
        };
        endpoint.Publish(_home.Path);

        Assert.Equal(endpoint, SiloEndpoint.Find(_home.Path));
    }

    [Fact]
    public async Task Find_AnotherProcessHasTheNumberNow_IgnoresAndDeletes()
    {
        using var other = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true })!;
        // Began at another time than this process, by the clock that nobody sets.
        (Endpoint("dead") with { Pid = other.Id, Process = ProcessIdentity.Of(Environment.ProcessId) }).Publish(_home.Path);

        Assert.Null(SiloEndpoint.Find(_home.Path));
        Assert.Empty(Directory.GetFiles(Path.Combine(_home.Path, "run")));
        other.StandardInput.Close();
        await other.WaitForExitAsync();
    }

    [Fact]
    public void Find_BrokenFileOrNoHome_IsNull()
    {
        Assert.Null(SiloEndpoint.Find(Path.Combine(_home.Path, "nowhere")));
        Directory.CreateDirectory(Path.Combine(_home.Path, "run"));
        File.WriteAllText(Path.Combine(_home.Path, "run", "silo-x.json"), "{ \"pid\": ");
        Assert.Null(SiloEndpoint.Find(_home.Path));
    }

    [Fact]
    public void Withdraw_ReplacedByASuccessor_LeavesIt()
    {
        var older = Endpoint("local");
        older.Publish(_home.Path);
        var successor = older with { Gateway = "127.0.0.1:1" };
        successor.Publish(_home.Path);

        older.Withdraw(_home.Path);

        Assert.Single(Directory.GetFiles(Path.Combine(_home.Path, "run"), "silo-*.json"));
    }

    [Fact]
    public async Task Connect_NobodyThere_IsOneClearLine()
    {
        _listener.Stop();
        var e = await Assert.ThrowsAsync<SiloConnectionException>(
            () => SiloConnection.ConnectAsync(Endpoint("gone") with { Gateway = "127.0.0.1:1" }));

        Assert.Contains("127.0.0.1:1", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task Connect_AcceptsButNeverAnswers_GivesUpInTime()
    {
        var e = await Assert.ThrowsAsync<SiloConnectionException>(
            () => SiloConnection.ConnectAsync(Endpoint("hung"), TimeSpan.FromMilliseconds(500)))
            .WaitAsync(TimeSpan.FromSeconds(60));

        Assert.DoesNotContain('\n', e.Message);
    }

    private SiloEndpoint Endpoint(string name) => new()
    {
        Pid = Environment.ProcessId,
        SiloName = name,
        Gateway = Listening,
        ClusterId = "pgm",
        ServiceId = "pgm",
        StartedAt = DateTimeOffset.UtcNow,
        Version = "0.1.0",
    };
}
