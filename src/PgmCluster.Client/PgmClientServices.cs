using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using Orleans.Serialization;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Client;

/// <summary>A client of a cluster among a program's services.</summary>
public static class PgmClientServices
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Adds an <see cref="IClusterClient"/>, which is also the <see cref="IGrainFactory"/>. It connects when the host starts: what was
    /// added before this starts before that. Calls that meet a silo which has just died are repeated (<see cref="LostSiloFilter"/>); jobs
    /// are followed across lost silos with <see cref="JobWatching.WatchToRest"/>.
    /// </summary>
    /// <remarks>
    /// The host's start fails with a <see cref="Contracts.Errors.PgmException"/> of one line where it could not connect within
    /// <see cref="PgmClientOptions.ConnectTimeout"/>, with a <see cref="Tls.TlsFilesException"/> where the certificate cannot be used, and
    /// with an <see cref="OptionsValidationException"/> where the options are wrong.
    /// </remarks>
    /// <param name="services">A program's, which has no other Orleans client.</param>
    /// <param name="configure">Says which cluster.</param>
    /// <param name="client">Further settings of Orleans' client.</param>
    /// <exception cref="InvalidOperationException">There is an Orleans client already.</exception>
    public static IServiceCollection AddPgmClient(
        this IServiceCollection services, Action<PgmClientOptions> configure, Action<IClientBuilder>? client = null)
    {
        services.AddOptions<PgmClientOptions>().Configure(configure);
        services.AddSingleton<IValidateOptions<PgmClientOptions>, OptionsCheck>();
        services.AddSingleton<NamedGateways>();
        services.AddSingleton<IGatewayListProvider>(provider => provider.GetRequiredService<NamedGateways>());
        services.AddSingleton<GreetingWatch>();
        services.AddSingleton<ClientTls>();
        services.AddOptions<ClusterOptions>().Configure<IOptions<PgmClientOptions>>(
            (cluster, given) => (cluster.ClusterId, cluster.ServiceId) = (given.Value.ClusterId, given.Value.ServiceId));
        services.AddOptions<ClientMessagingOptions>().Configure<IOptions<PgmClientOptions>>(
            (messaging, given) => messaging.ResponseTimeout = given.Value.ResponseTimeout);
        services.AddOptions<ClientConnectionOptions>().Configure<GreetingWatch, ClientTls>((connection, watch, tls) =>
            connection.ConfigureConnection(builder =>
            {
                watch.Watch(builder);
                if (tls.Policy is { } policy) TlsConnections.Connect(builder, policy);
            }));

        var others = services.Where(s => s.ServiceType == typeof(IHostedService)).ToHashSet();
        services.AddOrleansClient(builder =>
        {
            // A program that calls grains and declares none is not looked through for them.
            builder.Services.AddSerializer(serializer => serializer.AddAssembly(typeof(IJobGrain).Assembly));
            builder.AddOutgoingGrainCallFilter(new LostSiloFilter(TimeProvider.System));
            builder.UseConnectionRetryFilter<Retries>();
            client?.Invoke(builder);
        });
        // Orleans' own would try for minutes and not say why.
        var own = services.Where(s => s.ServiceType == typeof(IHostedService) && !others.Contains(s)).ToList();
        if (own.Count == 0)
        {
            throw new InvalidOperationException(
                "Adding a client of PgmCluster: these services have an Orleans client already. Leave out UseOrleansClient or "
                + "AddOrleansClient, and give its settings to AddPgmClient.");
        }
        foreach (var service in own) services.Remove(service);
        return services.AddHostedService<ConnectingClient>();
    }

    /// <summary>
    /// Each attempt takes the next gateway. Whether it is worth while the watch says, which has to see how a connection ends.
    /// </summary>
    private sealed class Retries : IClientConnectionRetryFilter
    {
        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            await Task.Delay(s_pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return !cancellationToken.IsCancellationRequested;
        }
    }

    private sealed class OptionsCheck : IValidateOptions<PgmClientOptions>
    {
        public ValidateOptionsResult Validate(string? name, PgmClientOptions options)
        {
            var problems = options.Problems().ToList();
            return problems.Count == 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"AddPgmClient: {string.Join("; ", problems)}.");
        }
    }
}
