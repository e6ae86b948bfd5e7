using PgmCluster.Data.Downloads;

namespace PgmCluster.Data.Blobs.Http;

/// <summary>A page or text of a web server, whose length need not be known.</summary>
internal static class HttpPage
{
    /// <summary>Text that lists files takes some tens of bytes for each.</summary>
    private const int Largest = 64 << 20;

    /// <summary>For a whole page: a server that sends a byte now and then would never try anybody's patience.</summary>
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(10);

    /// <param name="http">Asks for it.</param>
    /// <param name="address">Of the page.</param>
    /// <param name="patience">How long the next byte of it may take.</param>
    /// <param name="budget">What its bytes are counted in.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="BadInputException">It is not there, or larger than 64 MiB or what is left of all pages.</exception>
    /// <exception cref="DownloadException">The server does not answer, or stalls in the middle.</exception>
    public static async Task<byte[]> ReadAsync(
        HttpClient http, Uri address, TimeSpan patience, ListingBudget budget, CancellationToken cancellation)
    {
        var what = $"Listing {address}";
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await DownloadHttp.SendAsync(http, request, what, cancellation);
        HttpFile.RequireSuccess(response, what);
        using var bytes = new MemoryStream();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ending.CancelAfter(AtMost);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(ending.Token);
            var buffer = new byte[1 << 16];
            for (int got; (got = await PatientReads.SomeAsync(body, buffer, patience, ending.Token)) > 0;)
            {
                if (bytes.Length + got > Largest)
                    throw new BadInputException(
                        $"{what}: it is larger than {Largest >> 20} MiB, which no such list is. Check the address.");
                budget.TakeBytes(got);
                bytes.Write(buffer.AsSpan(0, got));
            }
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is HttpRequestException or OperationCanceledException)
        {
            throw DownloadException.Unreached(what, e);
        }
        return bytes.ToArray();
    }
}
