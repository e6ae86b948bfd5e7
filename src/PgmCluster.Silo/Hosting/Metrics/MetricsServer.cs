using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using PgmCluster.Execution.Metering;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting.Connections;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage.Metering;
using PgmCluster.Silo.Versions;

namespace PgmCluster.Silo.Hosting.Metrics;

/// <summary>
/// Answers <c>/metrics</c> with what the meters of this process say, in Prometheus' text format. Where the port is 0 nobody listens to the
/// meters, and what is recorded costs a comparison.
/// </summary>
internal sealed class MetricsServer : IAsyncDisposable
{
    /// <summary>The meters of the program, and the runtime's own: memory, collections, threads.</summary>
    private static readonly string[] Meters = ["PgmCluster.*", "System.Runtime"];

    /// <summary>Scrapes within this time get the same answer.</summary>
    private const int CachedMilliseconds = 300;

    private readonly WebApplication? _application;
    private readonly MeterProvider? _provider;
    private readonly DiskReadings? _disks;

    private MetricsServer(WebApplication? application, MeterProvider? provider, DiskReadings? disks) =>
        (_application, _provider, _disks) = (application, provider, disks);

    /// <summary>Listens as the options say; with <see cref="NetworkOptions.MetricsPort"/> 0 nothing does.</summary>
    /// <exception cref="SiloStartException">The port is taken, or the address is not of this machine.</exception>
    public static async Task<MetricsServer> StartAsync(SiloOptions options, CancellationToken cancellationToken)
    {
        if (options.MetricsPort == 0) return new MetricsServer(null, null, null);

        // What is to be seen before the first of it happens.
        RuntimeHelpers.RunClassConstructor(typeof(DatabaseMeters).TypeHandle);
        var disks = new DiskReadings(options);
        var provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource
                .AddService("pgm-silo", serviceVersion: ProductVersion.Current, autoGenerateServiceInstanceId: false,
                    serviceInstanceId: options.SiloName)
                .AddAttributes([new("pgm.cluster", options.ClusterId)]))
            .AddMeter(Meters)
            .AddPrometheusExporter(exporter => exporter.ScrapeResponseCacheDurationMilliseconds = CachedMilliseconds)
            .Build();
        RecoveryMeters.Begin();
        try
        {
            var application = await PlainHttp.ListenAsync(
                options.MetricsAddress, options.MetricsPort, http =>
                {
                    http.UseOpenTelemetryPrometheusScrapingEndpoint(provider, null, "/metrics", null, null);
                    http.Run(context =>
                    {
                        context.Response.StatusCode = StatusCodes.Status404NotFound;
                        return context.Response.WriteAsync("Use /metrics.\n");
                    });
                },
                $"Trying to start silo '{options.SiloName}': "
                + $"its metrics port {options.MetricsPort} of {options.MetricsAddress} is in use or not of this machine. "
                + "Choose another Pgm:MetricsPort or Pgm:MetricsAddress, or port 0 for no metrics.",
                cancellationToken);
            return new MetricsServer(application, provider, disks);
        }
        catch
        {
            provider.Dispose();
            disks.Dispose();
            throw;
        }
    }

    /// <summary>Stops answering.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_application is not null) await _application.DisposeAsync();
        _provider?.Dispose();
        _disks?.Dispose();
    }
}
