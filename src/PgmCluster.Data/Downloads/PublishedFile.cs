using System.Net;
using System.Net.Http.Headers;

namespace PgmCluster.Data.Downloads;

/// <summary>A file that others publish under a fixed address.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="Length">Bytes.</param>
public sealed record PublishedFile(Uri Address, string Name, string Sha256, long Length)
{
    /// <summary>Fetches the file unless it is there already; goes on where an earlier transfer ended.</summary>
    /// <param name="directory">Where it is kept; made if need be. A file of its name with another content is replaced.</param>
    /// <param name="http">Asks for it, as <see cref="DownloadHttp.Create"/> makes it, following redirects.</param>
    /// <param name="progress">Told how many bytes of it are here.</param>
    /// <param name="firstPause">Before a broken transfer is taken up again.</param>
    /// <param name="waits">Told in one line what is waited for, and null when it goes on.</param>
    /// <param name="cancellation">Ends the download; what came stays.</param>
    /// <returns>The file's path, and the bytes that were transferred.</returns>
    /// <exception cref="BadInputException">The server refuses.</exception>
    /// <exception cref="DownloadException">
    /// The server cannot be reached or breaks off again and again, or what came is another file; then nothing is left of it.
    /// </exception>
    public async Task<(string Path, long Moved)> FetchAsync(
        string directory, HttpClient http, IProgress<long>? progress = null, TimeSpan? firstPause = null, Action<string?>? waits = null,
        CancellationToken cancellation = default)
    {
        var path = Path.Combine(Path.GetFullPath(directory), Name);
        var file = Remote;
        var moved = await new ResumedDownload(firstPause, waits).FetchAsync(
            file, path, (offset, tag, ct) => OpenAsync(file, http, offset, tag, ct), progress, cancellation);
        return (path, moved);
    }

    /// <summary>Whether a file is the published one.</summary>
    public Task<bool> IsAsync(string path, CancellationToken cancellation) => ResumedDownload.IsWholeAsync(Remote, path, cancellation);

    private RemoteFile Remote => new($"Fetching {Address}", Length, Sha256);

    private async Task<RemoteContent> OpenAsync(
        RemoteFile file, HttpClient http, long offset, string? tag, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address);
        if (offset > 0) request.Headers.Range = new RangeHeaderValue(offset, null);
        var response = await DownloadHttp.SendAsync(http, request, file.What, cancellation);
        try
        {
            if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                var answer = $"{file.What}: the server answers {(int)response.StatusCode} {response.ReasonPhrase}";
                throw (int)response.StatusCode is 408 or 429 or >= 500
                    ? new DownloadException($"{answer}. Try again later; what was fetched stays.")
                    : new BadInputException($"{answer}. Look whether the address is still right.");
            }
            return await RemoteContent.OfAsync(response, file, offset, tag, cancellation);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
