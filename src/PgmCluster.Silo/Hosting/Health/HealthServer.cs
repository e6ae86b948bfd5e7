using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting.Connections;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Hosting.Health;

/// <summary>
/// Answers <c>/healthz/live</c>, <c>/healthz/startup</c> and <c>/healthz/ready</c> with 200 or 503 and one line of text. A host of its own:
/// it answers before the silo has anything to start with (the database may be away) and until the silo has left.
/// </summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly WebApplication? _application;

    private HealthServer(SiloHealth health, WebApplication? application)
    {
        Health = health;
        _application = application;
    }

    /// <summary>What the answers are made of.</summary>
    public SiloHealth Health { get; }

    /// <summary>Listens as the options say; with <see cref="NetworkOptions.HealthPort"/> 0 nothing does.</summary>
    /// <exception cref="SiloStartException">The port is taken, or the address is not of this machine.</exception>
    public static async Task<HealthServer> StartAsync(SiloOptions options, CancellationToken cancellationToken)
    {
        var health = new SiloHealth();
        if (options.HealthPort == 0) return new HealthServer(health, null);

        var address = options.HealthAddress.Length > 0 ? options.HealthAddress : options.AdvertisedAddress;
        return new HealthServer(health, await PlainHttp.ListenAsync(
            address, options.HealthPort, application => application.Run(context => AnswerAsync(context, health)),
            $"Trying to start silo '{options.SiloName}': "
            + $"its health port {options.HealthPort} of {address} is in use or not of this machine. "
            + "Choose another Pgm:HealthPort or Pgm:HealthAddress, or port 0 for no health endpoints.",
            cancellationToken));
    }

    /// <summary>Stops answering.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_application is not null) await _application.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext context, SiloHealth health)
    {
        var answer = context.Request.Path.Value switch
        {
            "/healthz/live" => SiloHealth.Live,
            "/healthz/startup" => health.Startup,
            "/healthz/ready" => health.Ready,
            _ => null,
        };
        context.Response.StatusCode = answer switch
        {
            null => StatusCodes.Status404NotFound,
            { Ok: true } => StatusCodes.Status200OK,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync($"{answer?.Text ?? "Use /healthz/live, /healthz/startup or /healthz/ready."}\n");
    }
}
