using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace PgmCluster.Dashboard.Assets;

/// <summary>What pages load, out of the assembly: whichever program serves them needs no files beside itself.</summary>
internal static class EmbeddedAssets
{
    private static readonly Lazy<FrozenDictionary<string, Asset>> s_assets = new(ReadAll);

    /// <summary>Their paths.</summary>
    public static IEnumerable<string> Paths => typeof(EmbeddedAssets).Assembly.GetManifestResourceNames().Where(n => TypeOf(n) is not null);

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in Paths)
        {
            routes.MapGet($"/{path}", (HttpContext context) => SendAsync(context, s_assets.Value[path]))
                .AllowAnonymous().ExcludeFromDescription();
        }
    }

    private static async Task SendAsync(HttpContext context, Asset asset)
    {
        var tag = new EntityTagHeaderValue(asset.Tag);
        var (request, response) = (context.Request.GetTypedHeaders(), context.Response);
        response.GetTypedHeaders().ETag = tag;
        response.Headers.CacheControl = "no-cache";
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (request.IfNoneMatch.Any(t => t.Compare(tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        var takesGzip = request.AcceptEncoding.Any(e => e.Value == "gzip" && e.Quality != 0);
        var content = takesGzip ? asset.Compressed : asset.Content;
        if (takesGzip) response.Headers.ContentEncoding = "gzip";
        response.ContentType = asset.Type;
        response.ContentLength = content.Length;
        await response.Body.WriteAsync(content, context.RequestAborted);
    }

    private static FrozenDictionary<string, Asset> ReadAll() => Paths.ToFrozenDictionary(p => p, Read);

    private static Asset Read(string name)
    {
        using var stream = typeof(EmbeddedAssets).Assembly.GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal)) gzip.Write(content);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"";
        return new Asset(content, compressed.ToArray(), tag, TypeOf(name)!);
    }

    private static string? TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => null,
    };

    private sealed record Asset(byte[] Content, byte[] Compressed, string Tag, string Type);
}
