using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Errors;
using PgmCluster.Api.Jobs;
using PgmCluster.Api.Json;
using PgmCluster.Api.Keys;
using PgmCluster.Api.OpenApi;
using PgmCluster.Api.Resources;
using PgmCluster.Api.Tls;

namespace PgmCluster.Api;

/// <summary>
/// The HTTP API of a silo, in a host of its own: <c>/api/v1</c>, its document at <c>/api/openapi.json</c> and a page to try it at
/// <c>/api/docs</c>. It starts once grains can be called and ends before the silo leaves.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    private const int LargestBody = 1 << 20;

    /// <summary>Streams of many watchers among them; one more waits for none, and is closed.</summary>
    private const int MostConnections = 4096;

    /// <summary>How long a stop waits for what is being answered; streams end at once.</summary>
    private static readonly TimeSpan s_stop = TimeSpan.FromSeconds(5);

    private readonly WebApplication _application;

    private ApiServer(WebApplication application) => _application = application;

    /// <summary>Where it listens, such as "http://127.0.0.1:8081".</summary>
    public string Address =>
        _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>Listens.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address is not of this machine.</exception>
    /// <exception cref="Data.BadInputException">The certificate cannot be used.</exception>
    public static async Task<ApiServer> StartAsync(ApiServerOptions options, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "PgmCluster.Api" });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = s_stop);
        builder.Services.AddSingleton(options.Loggers);
        builder.Services.AddSingleton(options.Time);
        AddServices(builder.Services, options);
        var certificate = options.Certificate is { } file
            ? new RenewedCertificate(
                file, options.CertificateKey ?? file, options.Time, options.Loggers.CreateLogger(nameof(RenewedCertificate)))
            : null;
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Listen(options.Address, options.Port, listen => certificate?.Use(listen));
        });
        var application = builder.Build();
        try
        {
            Configure(application, options);
            await application.StartAsync(cancellationToken);
            return new ApiServer(application);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops: streams end at once, other answers have a few seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _application.StopAsync();
        }
        finally
        {
            await _application.DisposeAsync();
        }
    }

    private static void AddServices(IServiceCollection services, ApiServerOptions options)
    {
        services.AddRouting();
        services.ConfigureHttpJsonOptions(json => ApiJson.Apply(json.SerializerOptions));
        services.AddSingleton(new AccessRules(IPAddress.IsLoopback(options.Address), options.ActAs));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ApiKeyRing>(provider, options.KeysFile));
        // Without what protects cookies, which would make keys of its own in the user's home.
        services.AddAuthenticationCore(authentication => authentication.DefaultScheme = KeyHandler.Key);
        services.AddWebEncoders();
        new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, KeyHandler>(KeyHandler.Key, null);
        Roles.Add(services.AddAuthorizationBuilder());
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        ApiDocument.Add(services);
        options.Pages?.AddServices(services, options);
    }

    private static void Configure(WebApplication application, ApiServerOptions options)
    {
        application.UseMiddleware<ProblemMiddleware>();
        application.UseMiddleware<SoundAddresses>();
        ApiDocument.UsePolicy(application);
        options.Pages?.Use(application);
        application.UseRouting();
        application.UseAuthentication();
        application.UseAuthorization();
        application.UseMiddleware<CallerMiddleware>();
        var stopping = application.Lifetime.ApplicationStopping;
        var api = application.MapGroup("/api/v1");
        DatasetRoutes.Map(api, options.Grains);
        KindRoutes.Map(api, options.Grains, stopping);
        ArtifactRoutes.Map(api, options.Grains);
        ClusterRoutes.Map(api, options.Grains);
        ApiDocument.Map(application);
        options.Pages?.Map(application);
    }

    /// <summary>Leaves the signals of the process to its program.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
