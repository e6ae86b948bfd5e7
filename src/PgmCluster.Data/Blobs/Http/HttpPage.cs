using PgmCluster.Data.Downloads;

namespace PgmCluster.Data.Blobs.Http;

/// <summary>A page or text of a web server, whose length need not be known.</summary>
internal static class HttpPage
{
    /// <summary>Text that lists files takes some tens of bytes for each.</summary>
    private const int Largest = 64 << 20;

    /// <exception cref="BadInputException">It is not there, or larger than 64 MiB.</exception>
    /// <exception cref="DownloadException">The server does not answer.</exception>
    public static async Task<byte[]> ReadAsync(HttpClient http, Uri address, CancellationToken cancellation)
    {
        var what = $"Listing {address}";
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await DownloadHttp.SendAsync(http, request, what, cancellation);
        HttpFile.RequireSuccess(response, what);
        using var bytes = new MemoryStream();
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            var buffer = new byte[1 << 16];
            for (int got; (got = await body.ReadAsync(buffer, cancellation)) > 0;)
            {
                if (bytes.Length + got > Largest)
                    throw new BadInputException(
                        $"{what}: it is larger than {Largest >> 20} MiB, which no such list is. Check the address.");
                bytes.Write(buffer.AsSpan(0, got));
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException and not DownloadException)
        {
            throw DownloadException.Unreached(what, e);
        }
        return bytes.ToArray();
    }
}
