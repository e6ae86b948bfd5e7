using System.Net;

namespace PgmCluster.Data.Hub;

/// <summary>A file's bytes from some byte on, about to come. Disposed with its answer.</summary>
internal sealed class HubContent : IDisposable
{
    private readonly HttpResponseMessage _response;

    private HubContent(HttpResponseMessage response, Stream body) => (_response, Body) = (response, body);

    /// <summary>The bytes; they may break off.</summary>
    public Stream Body { get; }

    /// <summary>The first byte that comes: the one that was asked for, or 0 from a server that sends whole files only.</summary>
    public long Start { get; private init; }

    /// <summary>Bytes of the whole file; null where the server does not say.</summary>
    public long? Total { get; private init; }

    /// <summary>What the server calls this version of the file; null where it does not.</summary>
    public string? Tag { get; private init; }

    /// <summary>False where the file has no byte at the place that was asked for.</summary>
    public bool IsThere { get; private init; }

    /// <summary>Whether the file is another one than the bytes before were of; then nothing of them may be kept.</summary>
    public bool IsOther { get; private init; }

    /// <exception cref="HubException">Something else came than the file.</exception>
    public static async Task<HubContent> OfAsync(
        HttpResponseMessage response, string what, long offset, string? tag, CancellationToken cancellation)
    {
        var found = response.Headers.ETag is { IsWeak: false } etag ? etag.Tag : null;
        var isThere = response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable;
        var range = response.Content.Headers.ContentRange;
        if (response.StatusCode == HttpStatusCode.PartialContent
            && (range?.From is not { } from || from != offset || range.Unit != "bytes"))
            throw HubClient.Odd(what, $"bytes from {offset} on were asked for, and the server sends '{range}'");
        if (response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentType?.MediaType is "text/html"
            && !what.Contains(".htm", StringComparison.Ordinal))
            throw HubClient.Odd(what, "a web page came instead of the file");
        if (response.Content.Headers.ContentEncoding.Count > 0)
            throw HubClient.Odd(
                what, $"it comes packed ({string.Join(", ", response.Content.Headers.ContentEncoding)}), which was not asked for");
        var isPart = response.StatusCode == HttpStatusCode.PartialContent;
        return new HubContent(response, await response.Content.ReadAsStreamAsync(cancellation))
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
