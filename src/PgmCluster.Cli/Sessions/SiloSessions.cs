using System.Net;
using PgmCluster.Cli.Homes;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Speed;
using PgmCluster.Grains.Sampling;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Tls;

namespace PgmCluster.Cli.Sessions;

/// <summary>Real silos.</summary>
internal sealed class SiloSessions : IClusterSessions
{
    /// <summary>Of the silo that was embedded last: what is measured runs where the silo's work does.</summary>
    private string _devices = "auto";

    public IReadOnlyList<(string Name, string Kind)> Presets => PgmSiloParts.Presets;

    public IReadOnlyList<SpeedResult> MeasureSpeed(IReadOnlyList<string> specifications, SamplingSettings settings, int batch)
    {
        var device = ComputeDevices.Find(_devices) is [var first, ..] ? first : ComputeDevice.Cpu();
        var subjects = specifications.Select(SpecificationJson.Parse)
            .Select(s => SpeedSubjects.Of(s, settings.Complete(s.Kind).ToSampler(), device)).ToArray();
        return SpeedMeasurement.Run(subjects, SpeedProtocol.Cpu with { Batches = [batch] }, device);
    }

    public async Task<IClusterSession?> ConnectAsync(PgmHome home, TlsFiles? tls, CancellationToken cancellation)
    {
        if (SiloEndpoint.Find(home.Root) is not { } endpoint) return null;
        return new ConnectedSession(
            home, endpoint.Gateway, endpoint.ClusterId,
            await SiloConnection.ConnectAsync(endpoint, tls: tls, cancellationToken: cancellation));
    }

    public async Task<IClusterSession> ConnectAsync(
        IReadOnlyList<DnsEndPoint> gateways, string clusterId, PgmHome home, TlsFiles? tls, CancellationToken cancellation)
    {
        var connection = await SiloConnection.ConnectAsync(gateways, clusterId, "pgm", tls: tls, cancellationToken: cancellation);
        return new ConnectedSession(home, string.Join(',', gateways.Select(g => $"{g.Host}:{g.Port}")), clusterId, connection);
    }

    public async Task<IClusterSession> EmbedAsync(PgmHome home, SiloOptions options, Action<string>? notice, CancellationToken cancellation)
    {
        _devices = options.Devices;
        var claim = home.Claim();
        try
        {
            var silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options), cancellation, notice);
            return new EmbeddedSession(home, claim, silo);
        }
        catch
        {
            claim.Undo();
            throw;
        }
    }

    private sealed class ConnectedSession(PgmHome home, string gateway, string clusterId, SiloConnection connection) : IClusterSession
    {
        public bool IsEmbedded => false;

        public string Gateway => gateway;

        public string ClusterId => clusterId;

        public PgmHome Home => home;

        public HomeClaim? Claim => null;

        public CancellationToken SiloStopping => CancellationToken.None;

        public TGrain Get<TGrain>(string key) where TGrain : IGrainWithStringKey => connection.Client.GetGrain<TGrain>(key);

        public IGrain Get(Type grain, string key) => connection.Client.GetGrain(grain, key);

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }

    private sealed class EmbeddedSession(PgmHome home, HomeClaim claim, PgmSiloHost silo) : IClusterSession
    {
        public bool IsEmbedded => true;

        public string Gateway => silo.Endpoint.Gateway;

        public string ClusterId => silo.Endpoint.ClusterId;

        public string? ApiAddress => silo.ApiAddress;

        public PgmHome Home => home;

        public HomeClaim? Claim => claim;

        public CancellationToken SiloStopping => silo.Stopping;

        public TGrain Get<TGrain>(string key) where TGrain : IGrainWithStringKey => silo.Grains.GetGrain<TGrain>(key);

        public IGrain Get(Type grain, string key) => silo.Grains.GetGrain(grain, key);

        public ValueTask DisposeAsync() => silo.DisposeAsync();
    }
}
