using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace PgmCluster.Data.Hub;

/// <summary>
/// How the Hub is asked: proxies of the environment, no redirects of their own accord, repeated with growing pauses where that may help.
/// </summary>
public static class HubHttp
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);

    /// <summary>How often a request is repeated that failed for a reason that may pass: no connection, 408, 429, 5xx.</summary>
    public const int Retries = 6;

    /// <summary>A client for one process.</summary>
    /// <param name="firstPause">
    /// Before the first repetition; each further one is about twice as long. A server's Retry-After counts instead.
    /// </param>
    public static HttpClient Create(TimeSpan? firstPause = null)
    {
        var sockets = new SocketsHttpHandler
        {
            // A redirect is followed here and not there, since the token must not go along.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        var retry = new HttpRetryStrategyOptions
        {
            MaxRetryAttempts = Retries,
            Delay = firstPause ?? TimeSpan.FromSeconds(1),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldRetryAfterHeader = true,
        };
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>().AddRetry(retry).Build();
        return new HttpClient(new ResilienceHandler(pipeline) { InnerHandler = sockets })
        {
            // Of a whole answer; bodies have a patience of their own.
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { { "User-Agent", "pgmcluster" } },
        };
    }
}
