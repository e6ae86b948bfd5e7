using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Hosting.Health;

/// <summary>What an orchestrator's probes see of a real silo.</summary>
public sealed class HealthTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private readonly TemporaryHome _home = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = s_limit };
    private readonly ReservedPort _port = new();
    private readonly SiloOptions _options;

    public HealthTests()
    {
        _options = SiloFixture.Options(_home.Path);
        _options.HealthPort = _port.Number;
    }

    public void Dispose()
    {
        _http.Dispose();
        _port.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Probes_FromStartToStop_FollowTheSilo()
    {
        var gate = new Gate();
        var starting = PgmSiloHost.StartAsync(_options, silo => silo.Services.AddSingleton<IHostedService>(gate));
        await gate.Starting.Task.WaitAsync(s_limit);

        Assert.Equal((200, "live"), await Probe("live"));
        Assert.Equal((503, "not started: the silo is starting"), await Probe("startup"));
        Assert.Equal((503, "not ready: the silo is starting"), await Probe("ready"));

        gate.MayStart.SetResult();
        var silo = await starting.WaitAsync(s_limit);
        Assert.Equal((200, "live"), await Probe("live"));
        Assert.Equal((200, "started"), await Probe("startup"));
        Assert.Equal((200, "ready"), await Probe("ready"));

        var stopping = silo.StopAsync();
        await gate.Stopping.Task.WaitAsync(s_limit);
        Assert.Equal((200, "live"), await Probe("live"));
        Assert.Equal((200, "started"), await Probe("startup"));
        Assert.Equal((503, "not ready: the silo is leaving the cluster"), await Probe("ready"));

        gate.MayStop.SetResult();
        await stopping.WaitAsync(s_limit);
        await Assert.ThrowsAsync<HttpRequestException>(() => Probe("live"));
    }

    [Fact]
    public async Task Ready_TheFrameworkStopsByItself_IsNot()
    {
        await using var silo = await PgmSiloHost.StartAsync(_options);

        silo.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.Equal((503, "not ready: the silo is leaving the cluster"), await Probe("ready"));
        Assert.Equal((200, "live"), await Probe("live"));
    }

    [Fact]
    public async Task Probes_TheDatabaseCannotBeWritten_AnswerAllTheSame()
    {
        await using var silo = await PgmSiloHost.StartAsync(_options);
        using var other = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = _home.DatabasePath, Pooling = false }.ToString());
        other.Open();
        using (var begin = other.CreateCommand())
        {
            begin.CommandText = "BEGIN EXCLUSIVE";
            begin.ExecuteNonQuery();
        }

        Assert.Equal((200, "live"), await Probe("live"));
        Assert.Equal((200, "ready"), await Probe("ready"));
    }

    [Fact]
    public async Task Probes_TheDatabaseIsNotThereYet_LiveAndNotStarted()
    {
        // Nobody listens on port 1.
        _options.Database = "Host=127.0.0.1;Port=1;Database=pgm;Username=pgm;Password=x";
        using var giveUp = new CancellationTokenSource();
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var starting = PgmSiloHost.StartAsync(_options, cancellationToken: giveUp.Token, notice: _ => waiting.TrySetResult());
        await waiting.Task.WaitAsync(s_limit);

        Assert.Equal((200, "live"), await Probe("live"));
        Assert.Equal((503, "not started: the silo is starting"), await Probe("startup"));
        Assert.Equal((503, "not ready: the silo is starting"), await Probe("ready"));

        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.WaitAsync(s_limit));
    }

    [Fact]
    public async Task OtherPath_IsNotFound_AndNamesTheRightOnes()
    {
        await using var silo = await PgmSiloHost.StartAsync(_options);

        var (status, text) = await Probe("alive");

        Assert.Equal(404, status);
        Assert.Contains("/healthz/live", text);
    }

    [Fact]
    public async Task Start_HealthPortTaken_IsOneLine_AndReleasesTheHome()
    {
        using var listener = new TcpListener(IPAddress.Loopback, _options.HealthPort);
        listener.Start();

        var e = await Assert.ThrowsAsync<SiloStartException>(() => PgmSiloHost.StartAsync(_options));

        Assert.Contains($"health port {_options.HealthPort} of 127.0.0.1", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        using var free = HomeLock.Acquire(_home.Path);
    }

    [Fact]
    public async Task Start_Fails_TheHealthPortIsFreeAgain()
    {
        await Assert.ThrowsAsync<NotSupportedException>(
            () => PgmSiloHost.StartAsync(_options, _ => throw new NotSupportedException("a defect")));

        using var listener = new TcpListener(IPAddress.Loopback, _options.HealthPort);
        listener.Start();
    }

    [Fact]
    public void Validate_UnusableHealthSettings_AreNamed()
    {
        var options = new SiloOptions { Home = "x", SiloPort = 11111, HealthPort = 11111, HealthAddress = "everywhere" };

        var e = Assert.Throws<SiloOptionsException>(options.Validate);

        Assert.Equal(2, e.Problems.Count);
        Assert.Contains("Pgm:HealthPort is 11111", e.Message);
        Assert.Contains("Pgm:HealthAddress is 'everywhere'", e.Message);
    }

    private async Task<(int Status, string Text)> Probe(string name)
    {
        using var response = await _http.GetAsync($"http://127.0.0.1:{_options.HealthPort}/healthz/{name}");
        return ((int)response.StatusCode, (await response.Content.ReadAsStringAsync()).Trim());
    }

    /// <summary>Holds the host while it starts and while it stops. It starts after the silo and stops before it.</summary>
    private sealed class Gate : IHostedService
    {
        public TaskCompletionSource Starting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource MayStart { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Stopping { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource MayStop { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            Starting.SetResult();
            await MayStart.Task.WaitAsync(cancellationToken);
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            Stopping.SetResult();
            await MayStop.Task.WaitAsync(cancellationToken);
        }
    }
}
