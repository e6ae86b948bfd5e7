using System.Net;
using System.Net.Security;
using PgmCluster.Api.Keys;
using PgmCluster.Data.Tls;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.TestSupport;

namespace PgmCluster.Api.Tests;

/// <summary>A silo of one machine, without set-up: its users need no key, and nobody else gets in by them.</summary>
public sealed class LocalAccessTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("pgm-api-tests-").FullName;
    private readonly ReservedPort _port = new();
    private readonly SiloOptions _options;

    public LocalAccessTests() => _options = new SiloOptions { Home = _home, Devices = "none", ApiPort = _port.Number };

    public void Dispose()
    {
        _port.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task ProgramsOfThisMachine_NeedNoKey_UntilThereIsOne()
    {
        await using var silo = await StartAsync();
        using var http = Client(silo);

        var me = await http.GetAsync("me").ReadAsync();
        Assert.Equal((Environment.UserName, "admin"), (me.Text("name"), me.Text("role")));
        foreach (var (header, value) in new[]
        {
            ("Host", "attacker.example"), ("Origin", "http://attacker.example"), ("Sec-Fetch-Site", "cross-site"), ("Origin", "null"),
            ("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.1"), ("Authorization", "Bearer wrong"),
            ("Authorization", "Basic eDp5"),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "me");
            request.Headers.TryAddWithoutValidation(header, value);
            await http.SendAsync(request).ReadAsync(HttpStatusCode.Unauthorized);
        }
        using (var own = new HttpRequestMessage(HttpMethod.Get, "me"))
        {
            own.Headers.Add("Origin", silo.ApiAddress);
            own.Headers.Add("Sec-Fetch-Site", "same-origin");
            await http.SendAsync(own).ReadAsync();
        }

        ApiKeyFile.Add(_options.ApiKeysPath, "ann", ApiRole.Admin, DateTimeOffset.UtcNow);
        await http.BecomesAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task WithoutAPort_ThereIsNoApi()
    {
        _options.ApiPort = 0;
        await using var silo = await StartAsync();
        Assert.Null(silo.ApiAddress);
    }

    [Fact]
    public async Task APortThatIsTaken_IsOneLine_AndTheSiloLeaves()
    {
        await using var first = await StartAsync();
        var home = Directory.CreateTempSubdirectory("pgm-api-tests-");
        var second = new SiloOptions { Home = home.FullName, Devices = "none", ApiPort = _port.Number, SiloName = "second" };

        var e = await Assert.ThrowsAsync<SiloStartException>(() => PgmSiloHost.StartAsync(second, silo => silo.AddPgmParts(second)));

        Assert.Contains($"HTTP port {_port.Number} of 127.0.0.1", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        home.Delete(recursive: true);
    }

    /// <summary>Whoever has asked for no port of his own is not in the way of another silo, nor that in his.</summary>
    [Fact]
    public async Task TheUsualPort_WhereItIsTaken_GivesWayToAFreeOne()
    {
        _options.UseAnyApiPort();
        var second = new SiloOptions
        {
            Home = Path.Combine(_home, "second"),
            Devices = "none",
            SiloName = "second",
            // It would have refused a port that is meant.
            MetricsPort = ApiOptions.UsualApiPort,
        };
        second.UseAnyApiPort();
        second.Validate();
        second.MetricsPort = 0;

        await using var silo = await StartAsync();
        await using var other = await PgmSiloHost.StartAsync(second, parts => parts.AddPgmParts(second));

        Assert.NotEqual(silo.ApiAddress, other.ApiAddress);
        foreach (var one in new[] { silo, other })
        {
            using var http = Client(one);
            Assert.Equal(Environment.UserName, (await http.GetAsync("me").ReadAsync()).Text("name"));
        }
    }

    [Theory]
    [InlineData(true, HttpStatusCode.OK)]
    [InlineData(false, HttpStatusCode.NotFound)]
    public async Task Pages_AreThereUnlessTheSettingSaysNo(bool dashboard, HttpStatusCode expected)
    {
        _options.Dashboard = dashboard;
        await using var silo = await StartAsync();
        using var http = Client(silo);

        await http.GetAsync("me").ReadAsync();
        using var page = await http.GetAsync("/workers");
        Assert.Equal(expected, page.StatusCode);
    }

    [Fact]
    public async Task WithACertificate_TheApiIsEncrypted()
    {
        TlsAuthority.Create(Path.Combine(_home, "tls"), TimeProvider.System);
        _options.ApiCertificate = Path.Combine(_home, "tls", "silo", "tls.crt");
        _options.ApiCertificateKey = Path.Combine(_home, "tls", "silo", "tls.key");
        await using var silo = await StartAsync();
        string? shown = null;
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => (shown = certificate?.Subject) is not null,
            },
        });

        Assert.StartsWith("https://", silo.ApiAddress);
        await http.GetAsync($"{silo.ApiAddress}/api/v1/me").ReadAsync();
        Assert.NotNull(shown);
    }

    [Fact]
    public async Task AStop_EndsStreamsAtOnce()
    {
        var silo = await StartAsync();
        using var http = Client(silo);
        await Waiting.DatasetAsync(http);
        await http.PutAsync("runs/watched", Waiting.Run).ReadAsync(HttpStatusCode.Created);
        await using var events = http.WatchAsync("runs/watched/events").GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());

        var stopping = silo.StopAsync();

        while (await events.MoveNextAsync()) Assert.Equal("queued", events.Current.Phase);
        await stopping;
    }

    [Fact]
    public void AddressesThatOthersReach_NeedACertificateAndKeys()
    {
        (_options.ApiAddress, _options.ApiPort) = ("0.0.0.0", 8081);
        var bare = Assert.Throws<SiloOptionsException>(_options.Validate);
        Assert.Contains(bare.Problems, p => p.Contains("connections are not encrypted", StringComparison.Ordinal));
        Assert.Contains(bare.Problems, p => p.Contains("pgm keys add NAME --role admin", StringComparison.Ordinal));

        ApiKeyFile.Add(_options.ApiKeysPath, "ann", ApiRole.Admin, DateTimeOffset.UtcNow);
        Assert.Single(Assert.Throws<SiloOptionsException>(_options.Validate).Problems);
        _options.AllowUnprotectedNetwork = true;
        _options.Validate();
        (_options.AllowUnprotectedNetwork, _options.ApiCertificate, _options.ApiCertificateKey) = (false, "x.crt", "x.key");
        _options.Validate();
    }

    [Fact]
    public void Validate_UnusableSettings_AreNamed()
    {
        (_options.ApiPort, _options.SiloPort, _options.ApiAddress, _options.ApiCertificate) = (11111, 11111, "::1", "x.crt");
        var problems = Assert.Throws<SiloOptionsException>(_options.Validate).Problems;
        Assert.Equal(2, problems.Count);
        (_options.ApiPort, _options.SiloPort, _options.ApiAddress, _options.ApiCertificate) = (70000, 0, "everywhere", "");
        Assert.Equal(2, Assert.Throws<SiloOptionsException>(_options.Validate).Problems.Count);
    }

    private static HttpClient Client(PgmSiloHost silo) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"{silo.ApiAddress}/api/v1/") };

    private Task<PgmSiloHost> StartAsync() => PgmSiloHost.StartAsync(_options, silo => silo.AddPgmParts(_options));
}
