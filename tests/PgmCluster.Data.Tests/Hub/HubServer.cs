using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PgmCluster.Data.Tests.Hub;

/// <summary>
/// A server on loopback that speaks the Hub's protocol: lists in pages, files by redirect to another port ("the CDN"), ranges, ETags. What
/// it does wrong next is told to it a request at a time.
/// </summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567", Token = "hf_secret_of_the_test";
    private const int PageSize = 2;

    private readonly WebApplication _hub, _cdn;
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    private HubServer()
    {
        _hub = Build(Hub);
        _cdn = Build(Cdn);
    }

    /// <summary>What the next requests for content meet; none means that all is well.</summary>
    public ConcurrentQueue<Func<HttpContext, byte[], Task>> Mishaps { get; } = new();

    /// <summary>What the next requests to the Hub itself are answered with; none means that all is well.</summary>
    public ConcurrentQueue<Action<HttpResponse>> Answers { get; } = new();

    /// <summary>Every request: "hub" or "cdn", path, range, and whether the token came along.</summary>
    public ConcurrentQueue<(string Host, string Path, string Range, bool HasToken)> Requests { get; } = new();

    public Uri Address => new(_hub.Urls.First());

    public string ETag { get; set; } = "\"v1\"";

    public static async Task<HubServer> StartAsync(params (string Path, byte[] Content)[] files)
    {
        var server = new HubServer();
        foreach (var (path, content) in files) server._files[path] = content;
        await server._hub.StartAsync();
        await server._cdn.StartAsync();
        return server;
    }

    /// <summary>Sends the first bytes of what was asked for, and cuts the connection.</summary>
    public static Func<HttpContext, byte[], Task> Cut(int after) => async (context, content) =>
    {
        var from = From(context);
        if (from > 0)
            (context.Response.StatusCode,
                context.Response.Headers.ContentRange) = (206, $"bytes {from}-{content.Length - 1}/{content.Length}");
        context.Response.ContentLength = content.Length - from;
        await context.Response.Body.WriteAsync(content.AsMemory(from, Math.Min(after, content.Length - from)));
        // The server ends a connection on which less came than was announced, behind what was sent.
        await context.Response.Body.FlushAsync();
    };

    public static Func<HttpContext, byte[], Task> Status(int code, string? retryAfter = null) => (context, _) =>
    {
        context.Response.StatusCode = code;
        if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
        return Task.CompletedTask;
    };

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _cdn.DisposeAsync();
    }

    public static int From(HttpContext context) =>
        context.Request.Headers.Range.ToString() is { Length: > 0 } range
            ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture)
            : 0;

    private static WebApplication Build(RequestDelegate handle)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(handle);
        return app;
    }

    private async Task Hub(HttpContext context)
    {
        Note("hub", context);
        if (Answers.TryDequeue(out var answer))
        {
            answer(context.Response);
            return;
        }
        var path = context.Request.Path.Value!;
        if (path.StartsWith("/api/datasets/o/d/revision/", StringComparison.Ordinal))
            await context.Response.WriteAsync($"{{\"sha\": \"{Commit}\"}}");
        else if (path == $"/api/datasets/o/d/tree/{Commit}") await ListAsync(context);
        else if (path.StartsWith($"/datasets/o/d/resolve/{Commit}/", StringComparison.Ordinal))
            context.Response.Redirect($"{_cdn.Urls.First()}/{path[$"/datasets/o/d/resolve/{Commit}/".Length..]}?signature=x");
        else context.Response.StatusCode = 404;
    }

    private async Task ListAsync(HttpContext context)
    {
        var start = int.Parse(context.Request.Query["cursor"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        if (start + PageSize < _files.Count)
            context.Response.Headers.Link = $"<{Address}api/datasets/o/d/tree/{Commit}?recursive=true&cursor={start + PageSize}>; "
                + "rel=\"next\"";
        await context.Response.WriteAsync(JsonSerializer.Serialize(_files.Skip(start).Take(PageSize).Select(f => f.Key.EndsWith(
            ".tar", StringComparison.Ordinal)
            ? new
            {
                type = "file",
                path = f.Key,
                size = (long)f.Value.Length,
                oid = "0",
                lfs = (object?)new { oid = Hex(SHA256.HashData(f.Value)), size = f.Value.Length }
            }
            : new
            {
                type = "file",
                path = f.Key,
                size = (long)f.Value.Length,
                oid = Hex(
                SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {f.Value.Length}\0"), .. f.Value])),
                lfs = (object?)null
            })));
    }

    private async Task Cdn(HttpContext context)
    {
        Note("cdn", context);
        var content = _files[context.Request.Path.Value![1..]];
        context.Response.Headers.ETag = ETag;
        if (Mishaps.TryDequeue(out var mishap))
        {
            await mishap(context, content);
            return;
        }
        var from = From(context);
        if (from >= content.Length && from > 0)
        {
            context.Response.StatusCode = 416;
            return;
        }
        if (context.Request.Headers.Range.Count > 0)
            (context.Response.StatusCode,
                context.Response.Headers.ContentRange) = (206, $"bytes {from}-{content.Length - 1}/{content.Length}");
        context.Response.ContentLength = content.Length - from;
        await context.Response.Body.WriteAsync(content.AsMemory(from));
    }

    private void Note(string host, HttpContext context) => Requests.Enqueue(
        (host, context.Request.Path.Value!, context.Request.Headers.Range.ToString(),
            context.Request.Headers.Authorization.ToString().Contains(Token, StringComparison.Ordinal)));

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);
}
