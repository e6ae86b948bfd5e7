using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PgmCluster.TestSupport.Hub;

/// <summary>
/// A server on loopback that speaks the Hub's protocol: lists in pages, files by redirect to another port ("the CDN"), ranges, ETags. What
/// it does wrong next is told to it a request at a time.
/// </summary>
public sealed class HubServer : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567", Token = "hf_secret_of_the_test";
    private const int PageSize = 2;

    private readonly WebApplication _hub, _cdn;

    /// <summary>By the page of the repository, such as "datasets/o/d" or "o/m".</summary>
    private readonly ConcurrentDictionary<string, SortedDictionary<string, byte[]>> _repositories = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Func<HttpContext, byte[], Task>>> _mishapsOf = new();

    private HubServer()
    {
        _hub = Build(Hub);
        _cdn = Build(Cdn);
    }

    /// <summary>What the next requests for content meet; none means that all is well.</summary>
    public ConcurrentQueue<Func<HttpContext, byte[], Task>> Mishaps { get; } = new();

    /// <summary>Answers every request for content, told the file's path, in the place of all else; null does as the Hub does.</summary>
    public Func<HttpContext, string, byte[], Task>? Serve { get; set; }

    /// <summary>What the next requests to the Hub itself are answered with; none means that all is well.</summary>
    public ConcurrentQueue<Action<HttpResponse>> Answers { get; } = new();

    /// <summary>Every request: "hub" or "cdn", path, range, and whether the token came along.</summary>
    public ConcurrentQueue<(string Host, string Path, string Range, bool HasToken)> Requests { get; } = new();

    /// <summary>Whether files, other than lists, are given to those with the token only.</summary>
    public bool IsGated { get; set; }

    public Uri Address => new(_hub.Urls.First());

    public string ETag { get; set; } = "\"v1\"";

    /// <summary>What every revision means now.</summary>
    public string Head { get; set; } = Commit;

    /// <summary>A server with the dataset "o/d".</summary>
    public static Task<HubServer> StartAsync(params (string Path, byte[] Content)[] files) => StartWithAsync("datasets/o/d", files);

    /// <summary>A server with a repository.</summary>
    /// <param name="page">Of the repository, such as "datasets/o/d" or "o/m".</param>
    /// <param name="files">What it holds.</param>
    public static async Task<HubServer> StartWithAsync(string page, params (string Path, byte[] Content)[] files)
    {
        var server = new HubServer();
        server.Add(page, files);
        await server._hub.StartAsync();
        await server._cdn.StartAsync();
        return server;
    }

    /// <summary>Adds a repository, or replaces one.</summary>
    public void Add(string page, params (string Path, byte[] Content)[] files) =>
        _repositories[page] = new SortedDictionary<string, byte[]>(files.ToDictionary(f => f.Path, f => f.Content), StringComparer.Ordinal);

    /// <summary>What the next requests for the content of one file meet.</summary>
    public ConcurrentQueue<Func<HttpContext, byte[], Task>> MishapsOf(string path) => _mishapsOf.GetOrAdd(path, _ => new());

    /// <summary>The ranges in which a file's content was asked for, in order; "" for all of it.</summary>
    public string[] RangesOf(string path) =>
        [.. Requests.Where(r => r.Host == "cdn" && r.Path.EndsWith($"/{path}", StringComparison.Ordinal)).Select(r => r.Range)];

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

    /// <summary>Sends the first bytes of what was asked for, and nothing more until the other side leaves.</summary>
    public static Func<HttpContext, byte[], Task> Hold(int after) => async (context, content) =>
    {
        await Cut(after)(context, content);
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
    };

    public static Func<HttpContext, byte[], Task> Status(int code, string? retryAfter = null) => (context, _) =>
    {
        context.Response.StatusCode = code;
        if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
        return Task.CompletedTask;
    };

    /// <summary>What something on the way answers in the server's place.</summary>
    public static async Task LoginPage(HttpContext context, byte[] content)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync("<!DOCTYPE html>Please log in");
    }

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
        var path = context.Request.Path.Value![1..];
        foreach (var (page, files) in _repositories)
        {
            var (api, resolve) = (page.StartsWith("datasets/", StringComparison.Ordinal) ? $"api/{page}/" : $"api/models/{page}/",
                $"{page}/resolve/");
            if (path.StartsWith($"{api}revision/", StringComparison.Ordinal))
                await context.Response.WriteAsync($"{{\"sha\": \"{Head}\"}}");
            else if (path.StartsWith($"{api}tree/", StringComparison.Ordinal)) await ListAsync(context, path, files);
            else if (path.StartsWith(resolve, StringComparison.Ordinal))
                Resolve(context, page, path[(resolve.Length + Commit.Length + 1)..]);
            else continue;
            return;
        }
        context.Response.StatusCode = 404;
    }

    private void Resolve(HttpContext context, string page, string file)
    {
        if (IsGated && !HasToken(context))
        {
            context.Response.StatusCode = 401;
            context.Response.Headers["X-Error-Code"] = "GatedRepo";
        }
        else if (!_repositories[page].ContainsKey(file))
        {
            context.Response.StatusCode = 404;
        }
        else
        {
            context.Response.Redirect($"{_cdn.Urls.First()}/{page}/{file}?signature=x");
        }
    }

    private async Task ListAsync(HttpContext context, string path, SortedDictionary<string, byte[]> files)
    {
        var start = int.Parse(context.Request.Query["cursor"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        if (start + PageSize < files.Count)
            context.Response.Headers.Link = $"<{Address}{path}?recursive=true&cursor={start + PageSize}>; rel=\"next\"";
        await context.Response.WriteAsync(JsonSerializer.Serialize(files.Skip(start).Take(PageSize).Select(f => Entry(f.Key, f.Value))));
    }

    private static object Entry(string path, byte[] content) =>
        path.EndsWith(".tar", StringComparison.Ordinal) || path.EndsWith(".pt", StringComparison.Ordinal)
            ? new
            {
                type = "file",
                path,
                size = content.Length,
                oid = "0",
                lfs = new { oid = Hex(SHA256.HashData(content)), size = content.Length },
            }
            : new
            {
                type = "file",
                path,
                size = content.Length,
                oid = Hex(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content])),
            };

    private async Task Cdn(HttpContext context)
    {
        Note("cdn", context);
        var path = context.Request.Path.Value![1..];
        var page = _repositories.Keys.Single(p => path.StartsWith($"{p}/", StringComparison.Ordinal));
        var file = path[(page.Length + 1)..];
        var content = _repositories[page][file];
        context.Response.Headers.ETag = ETag;
        if (Serve is { } serve)
        {
            await serve(context, file, content);
            return;
        }
        if (MishapsOf(file).TryDequeue(out var mishap) || Mishaps.TryDequeue(out mishap))
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
        (host, context.Request.Path.Value!, context.Request.Headers.Range.ToString(), HasToken(context)));

    private static bool HasToken(HttpContext context) =>
        context.Request.Headers.Authorization.ToString().Contains(Token, StringComparison.Ordinal);

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);
}
