using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PgmCluster.Data.Downloads;

namespace PgmCluster.Data.Hub;

/// <summary>Asks the Hub (Hugging Face's, or another server that speaks its protocol) what a repository holds, and for its files.</summary>
/// <param name="http">As <see cref="DownloadHttp.Create"/> makes it, not following redirects.</param>
/// <param name="options">Where it is, and who asks.</param>
public sealed class HubClient(HttpClient http, HubOptions options)
{
    private const string Advice = "Check HF_ENDPOINT and the proxy, and try again.";
    private const int MostRedirects = 5, MostFiles = 2_000_000;

    /// <summary>Lists a repository.</summary>
    /// <param name="repository">Which.</param>
    /// <param name="revision">A branch, tag or commit.</param>
    /// <param name="cancellation">Ends the asking.</param>
    /// <exception cref="BadInputException">
    /// There is no such repository or revision, or this user may not read it; the message says what to do.
    /// </exception>
    /// <exception cref="DownloadException">The Hub does not answer.</exception>
    public async Task<HubSnapshot> ListAsync(HubRepository repository, string revision = "main", CancellationToken cancellation = default)
    {
        var what = $"Listing {repository.Name} at {revision}";
        using var head = await JsonAsync(
            Address($"{repository.ApiPath}/revision/{Uri.EscapeDataString(revision)}"), repository, what, cancellation);
        var commit = head.Document.RootElement.ValueKind == JsonValueKind.Object
            && head.Document.RootElement.TryGetProperty("sha", out var sha)
            ? sha.GetString()
            : null;
        if (commit is not { Length: > 0 } || !commit.All(char.IsAsciiHexDigit)) throw Odd(what, "the answer names no commit");
        var files = new List<HubFile>();
        Uri? next = Address($"{repository.ApiPath}/tree/{commit}?recursive=true");
        while (next is not null)
        {
            using var page = await JsonAsync(next, repository, what, cancellation);
            if (page.Document.RootElement.ValueKind != JsonValueKind.Array) throw Odd(what, "the answer is no list");
            files.AddRange(page.Document.RootElement.EnumerateArray().Select(e => FileOf(e, what)).OfType<HubFile>());
            if (files.Count > MostFiles) throw Odd(what, $"it holds over {MostFiles} files");
            next = page.Next;
        }
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return new HubSnapshot(repository, commit, files);
    }

    /// <summary>Asks for a file from a byte on. The answer's body is not yet read.</summary>
    /// <param name="snapshot">Where it is.</param>
    /// <param name="file">Which.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="tag">What an earlier answer said of the file; null for the first. Another one now is refused.</param>
    /// <param name="cancellation">Ends the asking.</param>
    /// <exception cref="BadInputException">The file is not there or must not be read, or changed since <paramref name="tag"/>.</exception>
    /// <exception cref="DownloadException">The Hub does not answer, or answers something else.</exception>
    internal async Task<RemoteContent> OpenAsync(
        HubSnapshot snapshot, HubFile file, long offset, string? tag, CancellationToken cancellation)
    {
        var remote = Remote(snapshot, file);
        var response = await SendAsync(
            Address(snapshot, file), snapshot.Repository, remote.What, offset > 0 ? new RangeHeaderValue(offset, null) : null, cancellation);
        try
        {
            return await RemoteContent.OfAsync(response, remote, offset, tag, cancellation);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Asks whether a file may be read: of a gated repository everybody may see the list. No byte of it comes.</summary>
    /// <param name="snapshot">Where it is.</param>
    /// <param name="file">Which.</param>
    /// <param name="cancellation">Ends the asking.</param>
    /// <exception cref="BadInputException">It must not be read; the message says what to do.</exception>
    /// <exception cref="DownloadException">The Hub does not answer.</exception>
    public async Task RequireReadableAsync(HubSnapshot snapshot, HubFile file, CancellationToken cancellation = default)
    {
        var what = Remote(snapshot, file).What;
        using var request = Request(HttpMethod.Head, Address(snapshot, file));
        using var response = await DownloadHttp.SendAsync(http, request, what, cancellation);
        if (!response.IsSuccessStatusCode && !DownloadHttp.IsRedirect(response)) throw Refused(response, snapshot.Repository, what);
    }

    /// <summary>What is known of a file before it is fetched.</summary>
    internal static RemoteFile Remote(HubSnapshot snapshot, HubFile file) =>
        new($"Fetching {file.Path} of {snapshot.Repository.Name}", file.Length, file.Sha256, file.GitHash, Advice);

    private Uri Address(string relative) => new(options.Endpoint, relative);

    private Uri Address(HubSnapshot snapshot, HubFile file) => Address(
        $"{snapshot.Repository.PagePath}/resolve/{snapshot.Commit}/{string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString))}");

    private HttpRequestMessage Request(HttpMethod method, Uri address)
    {
        var request = new HttpRequestMessage(method, address);
        if (options.Token is not null && IsEndpoint(address))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
        return request;
    }

    private async Task<Page> JsonAsync(Uri address, HubRepository repository, string what, CancellationToken cancellation)
    {
        using var response = await SendAsync(address, repository, what, null, cancellation);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            var document = await JsonDocument.ParseAsync(body, cancellationToken: cancellation);
            return new Page(document, NextOf(response, address));
        }
        catch (JsonException e)
        {
            throw Odd(what, "the answer is no JSON: something on the way answers in its place, such as a login page", e);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException or IOException)
        {
            throw DownloadException.Unreached(what, e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        Uri address, HubRepository repository, string what, RangeHeaderValue? range, CancellationToken cancellation)
    {
        for (var redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using var request = Request(HttpMethod.Get, address);
            request.Headers.Range = range;
            var response = await DownloadHttp.SendAsync(http, request, what, cancellation);
            if (!DownloadHttp.IsRedirect(response))
            {
                if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return response;
                using (response) throw Refused(response, repository, what);
            }
            using (response)
            {
                address = response.Headers.Location is { } location
                    ? new Uri(address, location)
                    : throw Odd(what, "a redirect leads nowhere");
                if (address.Scheme is not ("http" or "https")) throw Odd(what, $"a redirect leads to {address.Scheme}:");
                // An address that is secret in transit stays so.
                if (options.Endpoint.Scheme == "https" && address.Scheme != "https")
                    throw Odd(what, $"a redirect leads to {address.Host} without encryption");
            }
        }
        throw Odd(what, $"over {MostRedirects} redirects");
    }

    // Scheme, host and port: another port of the same machine may be somebody else's.
    private bool IsEndpoint(Uri address) =>
        Uri.Compare(
            address, options.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static Uri? NextOf(HttpResponseMessage response, Uri address)
    {
        if (!response.Headers.TryGetValues("Link", out var links)) return null;
        var next = links.SelectMany(l => l.Split(',')).FirstOrDefault(l => l.Contains("rel=\"next\"", StringComparison.Ordinal));
        if (next is null || next.IndexOf('<') is var start && start < 0 || next.IndexOf('>') is var end && end < start) return null;
        var to = new Uri(address, next[(start + 1)..end]);
        return to.Host == address.Host && to.Port == address.Port ? to : null;
    }

    private static HubFile? FileOf(JsonElement entry, string what)
    {
        try
        {
            if (entry.GetProperty("type").GetString() != "file") return null;
            var path = entry.GetProperty("path").GetString()!;
            if (path.Length == 0 || path[0] == '/' || path.Split('/').Any(p => p is "" or "." or ".."))
                throw Odd(what, $"it names a file '{path}'");
            if (entry.TryGetProperty("lfs", out var large) && large.ValueKind == JsonValueKind.Object)
                return new HubFile(path, large.GetProperty("size").GetInt64(), large.GetProperty("oid").GetString(), null);
            return new HubFile(path, entry.GetProperty("size").GetInt64(), null, entry.GetProperty("oid").GetString());
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Odd(what, "an entry of the list is not as the Hub's are", e);
        }
    }

    private Exception Refused(HttpResponseMessage response, HubRepository repository, string what)
    {
        var page = Address(repository.PagePath);
        var why = response.Headers.TryGetValues("X-Error-Code", out var codes) ? codes.First() : "";
        return (response.StatusCode, why) switch
        {
            (_, "GatedRepo") => new BadInputException(
                $"{what}: its owner asks for consent. "
                + $"Open {page}, accept the conditions, and set HF_TOKEN to a token of that account (see {Address("settings/tokens")})."),
            (HttpStatusCode.Unauthorized, _) => new BadInputException(options.Token is null
                ? $"{what}: there is no such repository, or it needs a token. Look at {page}; set HF_TOKEN if it is private or gated."
                : $"{what}: the token is not valid. Make a new one at {Address("settings/tokens")}, and set HF_TOKEN to it."),
            (HttpStatusCode.Forbidden, _) => new BadInputException(
                $"{what}: this account may not read it. "
                + $"Open {page} with it and ask for access, or set HF_TOKEN to a token with the right to read."),
            (HttpStatusCode.NotFound, "RevisionNotFound") =>
                new BadInputException($"{what}: there is no such revision. Look at {page}/tree/main for those that there are."),
            (HttpStatusCode.NotFound, _) => new BadInputException($"{what}: it is not there. Check the name at {page}."),
            _ =>
                new DownloadException(
                    $"{what}: the server answers {(int)response.StatusCode} {response.ReasonPhrase}, {DownloadHttp.Retries + 1} times. "
                    + "Try again later; what was fetched stays."),
        };
    }

    private static DownloadException Odd(string what, string found, Exception? inner = null) =>
        DownloadException.Odd(what, found, Advice, inner);

    private sealed record Page(JsonDocument Document, Uri? Next) : IDisposable
    {
        public void Dispose() => Document.Dispose();
    }
}
