using System.Net;
using System.Net.Http.Headers;
using PgmCluster.Data.Downloads;

namespace PgmCluster.Data.Blobs.Http;

/// <summary>Asks a web server for parts of a file, each answer compared with what was said of the file before.</summary>
/// <param name="http">As <see cref="DownloadHttp.Create"/> makes it, following redirects; it sends no token to anybody.</param>
/// <param name="address">Of the file.</param>
internal sealed class HttpFile(HttpClient http, Uri address)
{
    private readonly RemoteFile _file = new($"Reading {address}", -1, null);

    /// <summary>What is attempted, for messages.</summary>
    public string What => _file.What;

    /// <summary>Asks for the first byte, to learn what the server says of the file.</summary>
    /// <exception cref="BadInputException">It is not there, or the server does not say how long it is.</exception>
    /// <exception cref="DownloadException">The server does not answer, or answers something else.</exception>
    public async Task<(long Length, string Tag, DateTimeOffset? Changed)> DescribeAsync(CancellationToken cancellation)
    {
        using var response = await SendAsync(0, 0, cancellation);
        // A range of an empty file cannot be had.
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return (0, "", null);
        using var content = await RemoteContent.OfAsync(response, _file, 0, null, cancellation);
        return content.Total is { } total ? (total, content.Tag, response.Content.Headers.LastModified)
            : throw new BadInputException(
                $"{What}: the server does not say how long the file is. Pull the files, and give their directory.");
    }

    /// <summary>Asks for bytes. They are not yet read, and may break off.</summary>
    /// <param name="from">The first one.</param>
    /// <param name="to">The last one that is wanted; a server that knows no ranges sends all from 0 on.</param>
    /// <param name="tag">What an earlier answer said; null for the first.</param>
    /// <param name="cancellation">Ends the asking.</param>
    /// <returns>Null where the file has no byte at the first one.</returns>
    /// <exception cref="BadInputException">The file is not there, or is another one by now.</exception>
    /// <exception cref="DownloadException">The server does not answer, or answers something else.</exception>
    public async Task<RemoteContent?> OpenAsync(long from, long to, string? tag, CancellationToken cancellation)
    {
        var response = await SendAsync(from, to, cancellation);
        RemoteContent? content = null;
        try
        {
            content = await RemoteContent.OfAsync(response, _file, from, tag, cancellation);
            if (tag is not null && (!content.IsThere || tag != content.Tag)) throw Changed();
            if (content.IsThere) return content;
            content.Dispose();
            return null;
        }
        catch
        {
            content?.Dispose();
            response.Dispose();
            throw;
        }
    }

    /// <summary>What to say where the file is another one than at the beginning of a read.</summary>
    public BadInputException Changed() =>
        new($"{What}: the file changed while it was read. The data must not change while they are in use.");

    private async Task<HttpResponseMessage> SendAsync(long from, long to, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Range = new RangeHeaderValue(from, to);
        var response = await DownloadHttp.SendAsync(http, request, What, cancellation);
        if (response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable) RequireSuccess(response, What);
        return response;
    }

    /// <summary>Ends an answer that is none.</summary>
    /// <exception cref="BadInputException">What was asked for is not there, or not for everybody.</exception>
    /// <exception cref="DownloadException">The server does not answer, again and again.</exception>
    public static void RequireSuccess(HttpResponseMessage response, string what)
    {
        if (response.IsSuccessStatusCode) return;
        using (response)
        {
            var answer = $"{what}: the server answers {(int)response.StatusCode} {response.ReasonPhrase}";
            throw (int)response.StatusCode is 408 or 429 or >= 500
                ? new DownloadException($"{answer}, {DownloadHttp.Retries + 1} times. Try again later.")
                : new BadInputException($"{answer}. Check the address, and that it can be read without signing in.");
        }
    }
}
