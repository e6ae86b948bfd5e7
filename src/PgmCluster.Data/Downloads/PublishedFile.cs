using System.Security.Cryptography;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Data.Downloads;

/// <summary>A file that others publish under a fixed address.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sha256Prefix">The first digits of its SHA-256, lower-case hex; PyTorch's habit is to put 8 of them into the name.</param>
public sealed record PublishedFile(Uri Address, string Name, string Sha256Prefix)
{
    private const int BufferSize = 1 << 17;

    /// <summary>Longest silence of the server.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Fetches the file.</summary>
    /// <param name="directory">Where it is kept; made if need be. A file of its name is replaced.</param>
    /// <param name="http">Asks for it.</param>
    /// <param name="ct">Ends the download; nothing is left of it.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="HttpRequestException">The server cannot be reached, refuses or breaks off.</exception>
    /// <exception cref="DataCorruptException">What came has another hash; nothing is left of it.</exception>
    public async Task<string> FetchAsync(string directory, HttpClient http, CancellationToken ct)
    {
        var path = Path.Combine(Path.GetFullPath(directory), Name);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            using var response = await http.GetAsync(Address, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
            await AtomicFile.WriteAsync(path, (file, _) => CopyAsync(body, file, patience), ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && e is OperationCanceledException or HttpIOException)
        {
            throw new HttpRequestException(e is HttpIOException ? e.Message : $"no answer for {Patience.TotalSeconds} seconds", e);
        }
        return path;
    }

    /// <summary>Whether a file is the published one.</summary>
    public bool HasRightHash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream)).StartsWith(Sha256Prefix, StringComparison.Ordinal);
    }

    private async Task CopyAsync(Stream body, Stream file, CancellationTokenSource patience)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        int read;
        while ((read = await body.ReadAsync(buffer, patience.Token)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            file.Write(buffer, 0, read);
            patience.CancelAfter(Patience);
        }
        var found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (!found.StartsWith(Sha256Prefix, StringComparison.Ordinal))
            throw new DataCorruptException(
                $"Fetching {Address}: the SHA-256 begins with {found[..Sha256Prefix.Length]}, not {Sha256Prefix}. "
                + "Something on the way changed it, or broke off; try again.");
    }
}
