using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using PgmCluster.Data.Downloads;
using PgmCluster.Data.Formats;

namespace PgmCluster.Data.Blobs.Http;

/// <summary>
/// Files of a web server (<see cref="HttpLocation"/>), read where they are, by ranges. Nobody is shown a token. A file's time is made of
/// its ETag, or is that of its last change; where the server says neither, the file is read again whenever it is registered again.
/// </summary>
public sealed class HttpBlobs : IBlobs
{
    private const int AtOnce = 8, MostPages = 10_000;

    /// <summary>One for the process: connections are kept and used again.</summary>
    private static readonly Lazy<HttpClient> Shared = new(() => DownloadHttp.Create(followsRedirects: true));

    private readonly HttpLocation _location;
    private readonly HttpClient _http;
    private readonly TimeSpan _firstPause, _patience;

    /// <param name="location">An address; nothing is asked for yet.</param>
    /// <param name="http">As <see cref="DownloadHttp.Create"/> makes it, following redirects; null for the process's.</param>
    /// <param name="firstPause">Before a broken transfer is taken up again; null for a second.</param>
    /// <param name="patience">How long the next byte of a page or file may take; null for a minute.</param>
    /// <exception cref="BadInputException">It is no address that can be used.</exception>
    public HttpBlobs(string location, HttpClient? http = null, TimeSpan? firstPause = null, TimeSpan? patience = null)
    {
        _location = HttpLocation.Parse(location);
        Location = _location.Base.ToString().TrimEnd('/');
        (_http, _firstPause, _patience) =
            (http ?? Shared.Value, firstPause ?? TimeSpan.FromSeconds(1), patience ?? PatientReads.Patience);
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <summary>Whether a place is an address of the web.</summary>
    public static bool Is(string location) => HttpLocation.Is(location);

    /// <inheritdoc/>
    /// <exception cref="DownloadException">The server does not answer; trying later may help.</exception>
    public async IAsyncEnumerable<Blob> ListAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (var some in (await NamesAsync(cancellation)).Chunk(AtOnce))
        {
            foreach (var blob in await Task.WhenAll(some.Select(name => DescribeAsync(name, cancellation)))) yield return blob;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DownloadException">The server does not answer; trying later may help.</exception>
    public ValueTask<Stream> OpenAsync(string name, long offset, CancellationToken cancellation = default) =>
        ValueTask.FromResult<Stream>(new HttpFileStream(File(name), offset, _firstPause, _patience));

    private HttpFile File(string name) => new(_http, _location.Address(name));

    private async Task<Blob> DescribeAsync(string name, CancellationToken cancellation)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                var (length, tag, changed) = await File(name).DescribeAsync(cancellation);
                return new Blob(name, length) { Changed = tag.Length > 0 ? NumberOf(tag) : changed?.UtcTicks ?? 0 };
            }
            catch (DownloadException e) when (e.IsOdd && failures < DownloadHttp.Retries)
            {
                await Task.Delay(_firstPause * Math.Pow(2, failures), cancellation);
            }
        }
    }

    private static long NumberOf(string tag) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(tag))) & long.MaxValue | 1;

    private async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellation)
    {
        if (_location.Names is { } names) return [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var list = _location.List!;
        var budget = new ListingBudget($"Listing {list}");
        if (list != _location.Base) return HttpList.OfText(await TextAsync(list, budget, cancellation), _location.Base, budget);
        var (files, seen) = (new SortedSet<string>(StringComparer.Ordinal), new HashSet<Uri> { list });
        var due = new Queue<Uri>(seen);
        while (due.TryDequeue(out var page))
        {
            var (found, pages) = HttpList.OfPage(await TextAsync(page, budget, cancellation), page, list, budget);
            files.UnionWith(found);
            foreach (var next in pages.Where(seen.Add)) due.Enqueue(next);
            if (seen.Count > MostPages)
                throw new BadInputException($"Listing {list}: it has over {MostPages} directories. Give a .txt that lists the files.");
        }
        return files.Count > 0 ? [.. files] : throw new BadInputException(
            $"Listing {list}: its page links to no file below it. Give names with braces, or the address of a .txt that lists the files.");
    }

    private async Task<string> TextAsync(Uri address, ListingBudget budget, CancellationToken cancellation) =>
        SmallFile.Text(await HttpPage.ReadAsync(_http, address, _patience, budget, cancellation), address.ToString());
}
