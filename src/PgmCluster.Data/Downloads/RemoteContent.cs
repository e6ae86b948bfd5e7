using System.Net;

namespace PgmCluster.Data.Downloads;

/// <summary>A file's bytes from some byte on, about to come. Disposed with its answer.</summary>
internal sealed class RemoteContent : IDisposable
{
    private readonly HttpResponseMessage _response;

    private RemoteContent(HttpResponseMessage response, Stream body) => (_response, Body) = (response, body);

    /// <summary>The bytes; they may break off.</summary>
    public Stream Body { get; }

    /// <summary>The first byte that comes: the one that was asked for, or 0 from a server that sends whole files only.</summary>
    public long Start { get; private init; }

    /// <summary>Bytes of the whole file; null where the server does not say.</summary>
    public long? Total { get; private init; }

    /// <summary>What the server calls this version of the file; empty where it does not.</summary>
    public required string Tag { get; init; }

    /// <summary>False where the file has no byte at the place that was asked for.</summary>
    public bool IsThere { get; private init; }

    /// <summary>Whether the file is another one than the bytes before were of; then nothing of them may be kept.</summary>
    public bool IsOther { get; private init; }

    /// <exception cref="DownloadException">Something else came than the file.</exception>
    public static async Task<RemoteContent> OfAsync(
        HttpResponseMessage response, RemoteFile file, long offset, string? tag, CancellationToken cancellation)
    {
        var what = file.What;
        var found = response.Headers.ETag is { IsWeak: false } etag ? etag.Tag : "";
        var isThere = response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable;
        var range = response.Content.Headers.ContentRange;
        if (response.StatusCode == HttpStatusCode.PartialContent
            && (range?.From is not { } from || from != offset || range.Unit != "bytes"))
            throw DownloadException.Odd(what, $"bytes from {offset} on were asked for, and the server sends '{range}'", file.Advice);
        if (response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentType?.MediaType is "text/html"
            && !what.Contains(".htm", StringComparison.Ordinal))
            throw DownloadException.Odd(what, "a web page came instead of the file", file.Advice);
        if (response.Content.Headers.ContentEncoding.Count > 0)
            throw DownloadException.Odd(
                what,
                $"it comes packed ({string.Join(", ", response.Content.Headers.ContentEncoding)}), which was not asked for",
                file.Advice);
        var isPart = response.StatusCode == HttpStatusCode.PartialContent;
        return new RemoteContent(response, await response.Content.ReadAsStreamAsync(cancellation))
        {
            Start = isPart ? offset : 0,
            Total = isPart ? range!.Length : response.Content.Headers.ContentLength,
            Tag = found,
            IsThere = isThere,
            IsOther = !isThere || (offset > 0 && tag != found),
        };
    }

    public void Dispose()
    {
        Body.Dispose();
        _response.Dispose();
    }
}
