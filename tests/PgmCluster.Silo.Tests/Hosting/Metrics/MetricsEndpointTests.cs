using System.Net;
using System.Net.Sockets;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Hosting.Metrics;

/// <summary>What Prometheus gets from a silo; what the names mean is tested on a cluster.</summary>
public sealed class MetricsEndpointTests : IDisposable
{
    private readonly TemporaryHome _home = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ReservedPort _port = new();
    private readonly SiloOptions _options;

    public MetricsEndpointTests()
    {
        _options = SiloFixture.Options(_home.Path);
        _options.MetricsPort = _port.Number;
    }

    public void Dispose()
    {
        _http.Dispose();
        _port.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Metrics_OfARunningSilo_TellOfDatabaseDiskAndSilo()
    {
        await using var silo = await PgmSiloHost.StartAsync(_options, builder => builder.AddPgmParts(_options));

        var (status, text) = await Get("/metrics");

        Assert.Equal(HttpStatusCode.OK, status);
        var lines = text.Split('\n');
        Assert.Contains(lines, l => l.StartsWith("pgm_database_up{", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("pgm_database_operation_duration_seconds_count{", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("pgm_store_free_bytes{", StringComparison.Ordinal) && l.Contains("place=\"artifacts\"", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("pgm_training_lost_steps_total{", StringComparison.Ordinal) && l.EndsWith("} 0", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("dotnet_", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("target_info{", StringComparison.Ordinal) && l.Contains("service_instance_id=\"local\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OtherPath_IsNotFound_AndNamesTheRightOne()
    {
        await using var silo = await PgmSiloHost.StartAsync(_options);

        var (status, text) = await Get("/");

        Assert.Equal((HttpStatusCode.NotFound, "Use /metrics.\n"), (status, text));
    }

    [Fact]
    public async Task Metrics_AreAnsweredOnLoopbackAlone_UntilTheSiloHasLeft()
    {
        Assert.Equal("127.0.0.1", new SiloOptions().MetricsAddress);
        _options.AdvertisedAddress = "127.0.0.4";
        var silo = await PgmSiloHost.StartAsync(_options);
        using (var other = new TcpClient())
            await Assert.ThrowsAsync<SocketException>(() => other.ConnectAsync(IPAddress.Parse("127.0.0.4"), _options.MetricsPort));
        Assert.Equal(HttpStatusCode.OK, (await Get("/metrics")).Status);

        await silo.StopAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => Get("/metrics"));
    }

    [Fact]
    public async Task Start_MetricsPortTaken_IsOneLine_AndReleasesTheHome()
    {
        using var listener = new TcpListener(IPAddress.Loopback, _options.MetricsPort);
        listener.Start();

        var e = await Assert.ThrowsAsync<SiloStartException>(() => PgmSiloHost.StartAsync(_options));

        Assert.Contains($"metrics port {_options.MetricsPort} of 127.0.0.1", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        using var free = HomeLock.Acquire(_home.Path);
    }

    [Fact]
    public void Validate_UnusableSettings_AreNamed()
    {
        var options = new SiloOptions { Home = "x", SiloPort = 11111, MetricsPort = 11111, MetricsAddress = "everywhere" };

        var e = Assert.Throws<SiloOptionsException>(options.Validate);

        Assert.Equal(2, e.Problems.Count);
        Assert.Contains("Pgm:MetricsPort is 11111", e.Message);
        Assert.Contains("Pgm:MetricsAddress is 'everywhere'", e.Message);
    }

    private async Task<(HttpStatusCode Status, string Text)> Get(string path)
    {
        using var response = await _http.GetAsync(new Uri($"http://127.0.0.1:{_options.MetricsPort}{path}"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
