using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PgmCluster.TestSupport.Web;

/// <summary>
/// A web server on loopback with files, pages of directories, ranges and ETags. What it does wrong next is told to it a request at a time.
/// </summary>
public sealed class FileServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FileServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>By their paths, '/'-separated, without a slash at the beginning; what changes here changes for the next request.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>What the next requests meet; none means that all is well.</summary>
    public ConcurrentQueue<Func<HttpContext, byte[], Task>> Mishaps { get; } = new();

    /// <summary>Every request: path, range, whether it had an Authorization header or cookies, and its connection.</summary>
    public ConcurrentQueue<(string Path, string Range, bool IsSigned, string Connection)> Requests { get; } = new();

    /// <summary>False for a server that always sends whole files.</summary>
    public bool KnowsRanges { get; set; } = true;

    /// <summary>What every file's version is called.</summary>
    public string ETag { get; set; } = "\"v1\"";

    /// <summary>With a slash at the end.</summary>
    public string Address => $"{_app.Urls.First()}/";

    public static async Task<FileServer> StartAsync(params (string Path, byte[] Content)[] files)
    {
        var server = new FileServer();
        foreach (var (path, content) in files) server.Files[path] = content;
        await server._app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var path = request.Path.Value![1..];
        Requests.Enqueue((path, request.Headers.Range.ToString(),
            request.Headers.Authorization.Count + request.Headers.Cookie.Count > 0, context.Connection.Id));
        if (Mishaps.TryDequeue(out var mishap))
        {
            await mishap(context, Files.GetValueOrDefault(path) ?? []);
            return;
        }
        if (path.Length == 0 || path[^1] == '/')
        {
            response.ContentType = "text/html";
            await response.WriteAsync(Page(path));
        }
        else if (!Files.TryGetValue(path, out var content)) response.StatusCode = 404;
        else await SendAsync(context, content);
    }

    private async Task SendAsync(HttpContext context, byte[] content)
    {
        var response = context.Response;
        response.Headers.ETag = ETag;
        var (from, to) = (0L, content.Length - 1L);
        if (KnowsRanges && context.Request.GetTypedHeaders().Range?.Ranges.SingleOrDefault() is { } range)
        {
            (from, to) = (range.From ?? 0, Math.Min(range.To ?? to, to));
            if (from >= content.Length)
            {
                response.StatusCode = 416;
                return;
            }
            (response.StatusCode, response.Headers.ContentRange) = (206, $"bytes {from}-{to}/{content.Length}");
        }
        response.ContentLength = to - from + 1;
        await response.Body.WriteAsync(content.AsMemory((int)from, (int)(to - from + 1)));
    }

    // As nginx and Apache make them: sorting links and the way up are links too.
    private string Page(string directory)
    {
        var names = Files.Keys.Where(f => f.StartsWith(directory, StringComparison.Ordinal)).Select(f => f[directory.Length..])
            .Select(f => f.IndexOf('/') is var slash and >= 0 ? f[..(slash + 1)] : f).Distinct().Order(StringComparer.Ordinal);
        return "<html><body><h1>Index</h1><a href=\"?C=N;O=D\">Name</a> <a href=\"../\">Parent</a> <a "
            + "href='https://example.org/x.tar'>x</a>\n"
            + string.Concat(
                names.Select(n => $"<a href=\"{Uri.EscapeDataString(n).Replace("%2F", "/", StringComparison.Ordinal)}\">{n}</a>\n"))
            + "</body></html>";
    }
}
