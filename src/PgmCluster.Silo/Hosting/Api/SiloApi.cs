using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PgmCluster.Api;
using PgmCluster.Contracts.Errors;
using PgmCluster.Dashboard;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Grains.Callers;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Hosting.Api;

/// <summary>The HTTP API of a silo, and the dashboard beside it.</summary>
internal static class SiloApi
{
    /// <summary>What the audit log puts before the names of those who came by the API: others may have the same.</summary>
    private const string Way = "api/";

    /// <summary>Listens as the options say; with <see cref="ApiOptions.ApiPort"/> 0 nothing does.</summary>
    /// <param name="options">Of the silo.</param>
    /// <param name="host">The silo, which has started. Where the API cannot, it leaves its cluster again.</param>
    /// <param name="database">Where it keeps its state.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SiloStartException">
    /// The port is taken, or the address is not of this machine, or the certificate is not usable.
    /// </exception>
    public static async Task<ApiServer?> StartAsync(
        SiloOptions options, IHost host, IStateDatabase database, CancellationToken cancellationToken)
    {
        if (options.ApiPort == 0) return null;
        try
        {
            return await ListenAsync(
                options,
                new ApiServerOptions
                {
                    Address = IPAddress.Parse(options.ApiAddress),
                    Port = options.ApiPort,
                    KeysFile = options.ApiKeysPath,
                    Certificate = options.ApiCertificate.Length > 0 ? options.ApiCertificate : null,
                    CertificateKey = options.ApiCertificateKey.Length > 0 ? options.ApiCertificateKey : null,
                    Grains = host.Services.GetRequiredService<IGrainFactory>(),
                    ActAs = user => OnBehalf.Of(Way + user),
                    Pages = options.Dashboard
                        ? new DashboardPages(
                            new StoredRunFiles(host.Services.GetRequiredService<IArtifactStore>()), new ShippedPresets(),
                            ActivatorUtilities.CreateInstance<SiloFactsReader>(host.Services, options, database))
                        : null,
                    Loggers = host.Services.GetRequiredService<ILoggerFactory>(),
                },
                cancellationToken);
        }
        catch (Exception e)
        {
            await host.StopAsync(CancellationToken.None);
            throw e switch
            {
                BadInputException => new SiloStartException($"Trying to start silo '{options.SiloName}': {e.Message}", e),
                IOException or SocketException => new SiloStartException(
                    $"Trying to start silo '{options.SiloName}': its HTTP port {options.ApiPort} of {options.ApiAddress} is in use or not "
                    + "of this machine. Choose another Pgm:ApiPort or Pgm:ApiAddress, or port 0 for no HTTP API.", e),
                _ => e,
            };
        }
    }

    /// <summary>
    /// Where nobody has asked for the port, a silo that is there to compute does not fail for it: another will do, and without any it goes
    /// on as well.
    /// </summary>
    private static async Task<ApiServer?> ListenAsync(SiloOptions options, ApiServerOptions api, CancellationToken cancellationToken)
    {
        try
        {
            return await ApiServer.StartAsync(api, cancellationToken);
        }
        catch (Exception e) when (options.TakesAnyApiPort && e is IOException or SocketException)
        {
            var logger = api.Loggers.CreateLogger(typeof(SiloApi).FullName!);
            try
            {
                var server = await ApiServer.StartAsync(api with { Port = 0 }, cancellationToken);
                logger.LogInformation("Port {Port} is taken: the HTTP API is at {Address}", api.Port, server.Address);
                return server;
            }
            catch (Exception again) when (again is IOException or SocketException)
            {
                logger.LogWarning("The HTTP API has no port: {Problem}", ErrorLine.Of(again));
                return null;
            }
        }
    }
}
