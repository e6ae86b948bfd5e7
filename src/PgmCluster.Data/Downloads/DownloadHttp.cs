using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace PgmCluster.Data.Downloads;

/// <summary>
/// How servers are asked for files: by the proxies of the environment, repeated with growing pauses where that may help.
/// </summary>
public static class DownloadHttp
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20), HeaderPatience = TimeSpan.FromSeconds(60);

    /// <summary>How often a request is repeated that failed for a reason that may pass: no connection, 408, 429, 5xx.</summary>
    public const int Retries = 6;

    /// <summary>A client for one process.</summary>
    /// <param name="firstPause">
    /// Before the first repetition; each further one is about twice as long. A server's Retry-After counts instead.
    /// </param>
    /// <param name="followsRedirects">
    /// By itself. Not where a token goes along, which no other host may get: then the caller follows.
    /// </param>
    public static HttpClient Create(TimeSpan? firstPause = null, bool followsRedirects = false) =>
        Make(firstPause, followsRedirects, isListed: null);

    /// <summary>
    /// A client for addresses that others name: it asks no server of this machine or of an inner network that is not listed.
    /// </summary>
    /// <param name="isListed">Whether an address may be asked wherever it is.</param>
    internal static HttpClient CreateGuarded(Func<Uri, bool> isListed) => Make(firstPause: null, followsRedirects: false, isListed);

    /// <summary>Whether an answer names another address to ask.</summary>
    internal static bool IsRedirect(HttpResponseMessage response) => (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;

    private static HttpClient Make(TimeSpan? firstPause, bool followsRedirects, Func<Uri, bool>? isListed)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = followsRedirects,
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
        HttpMessageHandler asks = isListed is null ? sockets : new OuterHostsHandler(isListed, sockets);
        return new HttpClient(new ResilienceHandler(pipeline) { InnerHandler = asks })
        {
            // Of a whole answer; bodies have a patience of their own.
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { { "User-Agent", "pgmcluster" } },
        };
    }

    /// <summary>Asks once, with all repetitions, for an answer's headers.</summary>
    /// <param name="http">As <see cref="Create"/> makes it.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="what">What is attempted, for messages.</param>
    /// <param name="cancellation">Ends the asking.</param>
    /// <exception cref="DownloadException">There is no answer.</exception>
    internal static async Task<HttpResponseMessage> SendAsync(
        HttpClient http, HttpRequestMessage request, string what, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(HeaderPatience * (Retries + 1));
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is HttpRequestException or OperationCanceledException)
        {
            throw DownloadException.Unreached(what, e);
        }
    }
}
