using System.Net;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.TestHost;
using PgmCluster.Tls;

namespace PgmCluster.Silo.Tests.Tls;

public sealed class GatewayTlsTests : IDisposable
{
    private readonly TemporaryHome _home = new();
    private readonly TemporaryHome _keys = new();
    private readonly Certificates _certificates;

    public GatewayTlsTests() => _certificates = new(_keys.Path);

    public void Dispose()
    {
        _home.Dispose();
        _keys.Dispose();
    }

    [Fact]
    public async Task Connect_WithTheAuthoritysCertificates_Works_AndOthersAreToldWhatToDo()
    {
        await using var silo = await PgmSiloHost.StartAsync(Options());
        DnsEndPoint[] gateway = [GatewayOf(silo)];

        await using (var client = await SiloConnection.ConnectAsync(gateway, "pgm", "pgm", tls: _certificates.Service))
            Assert.Equal(1, await client.Client.GetGrain<IProbeGrain>("x").Write("over TLS"));
        // On the silo's own machine its certificate serves, whose place it announces.
        await using (var client = await SiloConnection.ConnectAsync(SiloEndpoint.Find(_home.Path)!))
            Assert.Equal("over TLS", (await client.Client.GetGrain<IProbeGrain>("x").Read()).Text);

        // None waits for its deadline.
        var plain = await RefusedAsync(gateway, null);
        Assert.Contains("a silo that wants a certificate asks for --tls or PGM_TLS", plain);
        var stranger = await RefusedAsync(gateway, _certificates.OfOther("service"));
        Assert.Contains("is of an authority that is not trusted here", stranger);
        var mixed = _certificates.OfOther("service") with { Authority = _certificates.Service.Authority };
        await Assert.ThrowsAsync<TlsFilesException>(
            () => SiloConnection.ConnectAsync(gateway, "pgm", "pgm", TimeSpan.FromMinutes(10), tls: mixed));
    }

    [Fact]
    public async Task Connect_WithTls_ToASiloWithoutIt_SaysSo()
    {
        await using var silo = await PgmSiloHost.StartAsync(SiloFixture.Options(_home.Path));

        var message = await RefusedAsync([GatewayOf(silo)], _certificates.Service);

        Assert.Contains("Check that this is a gateway's port, that silos there have certificates", message);
    }

    [Fact]
    public async Task Renewed_UnderLoad_ServesNewConnections_AndNoCallFails()
    {
        await using var silo = await PgmSiloHost.StartAsync(Options());
        var gateway = GatewayOf(silo);
        await using var steady = await SiloConnection.ConnectAsync([gateway], "pgm", "pgm", tls: _certificates.Service);
        using var enough = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            var calls = 0;
            for (; !enough.IsCancellationRequested; calls++) await steady.Client.GetGrain<IProbeGrain>($"{calls % 8}").Read();
            return calls;
        });

        for (var i = 0; i < 3; i++)
        {
            _certificates.Authority.Renew("silo");
            _certificates.Authority.Renew("service");
            await using var client = await SiloConnection.ConnectAsync([gateway], "pgm", "pgm", tls: _certificates.Service);
            await client.Client.GetGrain<IProbeGrain>("fresh").Read();
            using var shown = await _certificates.ShownAtAsync(IPEndPoint.Parse(silo.Endpoint.Gateway));
            Assert.Equal(TlsIdentity.Read(TlsFiles.In(_certificates.Silo), TlsRole.Silo).Certificate.Thumbprint, shown.Thumbprint);
        }

        await enough.CancelAsync();
        Assert.True(await load > 0);
        // Whoever does not belong is refused as before.
        await RefusedAsync([gateway], _certificates.OfOther("service"));
    }

    [Fact]
    public void Validate_Tls_IsCheckedAtTheStart_AndPermitsAnAddressThatOthersReach()
    {
        var options = new SiloOptions { Home = "x", AdvertisedAddress = "10.1.2.3" };
        Assert.Contains("pgm tls init", Assert.Single(Assert.Throws<SiloOptionsException>(options.Validate).Problems));

        options.Tls = _certificates.Silo;
        options.Validate();

        options.Tls = Path.Combine(_keys.Path, "nowhere");
        Assert.Contains("there is no such file", Assert.Single(Assert.Throws<SiloOptionsException>(options.Validate).Problems));
        options.Tls = Path.GetDirectoryName(_certificates.Service.Certificate)!;
        Assert.Contains("its role is service", Assert.Single(Assert.Throws<SiloOptionsException>(options.Validate).Problems));
        (options.Tls, options.TlsKey) = ("", _certificates.Service.Key);
        Assert.Contains("are not all set", Assert.Single(Assert.Throws<SiloOptionsException>(options.Validate).Problems));
        var silo = TlsFiles.In(_certificates.Silo);
        (options.TlsCertificate, options.TlsKey, options.TlsAuthority) = (silo.Certificate, silo.Key, silo.Authority);
        options.Validate();
    }

    private SiloOptions Options()
    {
        var options = SiloFixture.Options(_home.Path);
        options.Tls = _certificates.Silo;
        return options;
    }

    private static DnsEndPoint GatewayOf(PgmSiloHost silo)
    {
        var gateway = IPEndPoint.Parse(silo.Endpoint.Gateway);
        return new DnsEndPoint(gateway.Address.ToString(), gateway.Port);
    }

    private static async Task<string> RefusedAsync(DnsEndPoint[] gateway, TlsFiles? tls)
    {
        var e = await Assert.ThrowsAsync<SiloConnectionException>(
            () => SiloConnection.ConnectAsync(gateway, "pgm", "pgm", TimeSpan.FromMinutes(10), tls: tls));
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }
}
