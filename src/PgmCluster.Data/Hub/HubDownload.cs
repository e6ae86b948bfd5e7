using System.Security.Cryptography;
using System.Text;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Data.Hub;

/// <summary>
/// Brings a file of the Hub onto the disk. What came stays beside the target (<c>NAME.part</c>, and the server's name of its version in
/// <c>NAME.part.tag</c>), so that whoever asks again, after any kill, goes on at the next byte; the target appears whole, with the hash
/// that the Hub lists, or not at all.
/// </summary>
/// <param name="client">Asks the Hub.</param>
/// <param name="firstPause">Before a broken transfer is taken up again; each further one without any byte takes twice as long.</param>
public sealed class HubDownload(HubClient client, TimeSpan? firstPause = null)
{
    private const int BufferSize = 1 << 17, MostRestarts = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Fetches a file unless it is there already with the right length and hash.</summary>
    /// <param name="snapshot">Where it is.</param>
    /// <param name="file">Which.</param>
    /// <param name="path">Where it goes. Its directory is made if need be.</param>
    /// <param name="progress">Told how many bytes of the file are here.</param>
    /// <param name="cancellation">Ends the transfer; what came stays.</param>
    /// <returns>Bytes that were transferred.</returns>
    /// <exception cref="BadInputException">
    /// The file is not there or must not be read, or somebody else fetches it to the same place.
    /// </exception>
    /// <exception cref="HubException">The Hub breaks off again and again, or what came is not what it lists.</exception>
    public async Task<long> FetchAsync(
        HubSnapshot snapshot, HubFile file, string path, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path) && await IsWholeAsync(file, path, cancellation)) return 0;
        Durable.CreateDirectory(Path.GetDirectoryName(path)!);
        var (part, tagPath, restarts) = (path + ".part", path + ".part.tag", 0);
        var moved = new Count(progress);
        await using var stream = OpenPart(part);
        while (true)
        {
            var tag = File.Exists(tagPath) && stream.Length > 0 ? await File.ReadAllTextAsync(tagPath, cancellation) : null;
            if (stream.Length > file.Length || (stream.Length > 0 && tag is null)) Restart(stream);
            if (stream.Length < file.Length || file.Length == 0)
                await ReceiveAsync(snapshot, file, stream, tagPath, tag, moved, cancellation);
            if (stream.Length == file.Length && await HasHashAsync(file, stream, cancellation)) break;
            // Another version of the file was begun than was ended, or bytes changed on the way.
            Restart(stream);
            if (++restarts >= MostRestarts)
                throw HubClient.Odd(
                    $"Fetching {file.Path} of {snapshot.Repository.Name}",
                    $"what comes has another hash than the Hub lists, {MostRestarts} times");
        }
        stream.Flush(flushToDisk: true);
        File.Move(part, path, overwrite: true);
        Durable.FlushDirectory(Path.GetDirectoryName(path)!);
        File.Delete(tagPath);
        return moved.Bytes;
    }

    /// <summary>Whether a file on the disk is the one that the Hub lists.</summary>
    public static async Task<bool> IsWholeAsync(HubFile file, string path, CancellationToken cancellation = default)
    {
        await using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan);
        return stream.Length == file.Length && await HasHashAsync(file, stream, cancellation);
    }

    private async Task ReceiveAsync(
        HubSnapshot snapshot, HubFile file, FileStream stream, string tagPath, string? tag, Count moved, CancellationToken cancellation)
    {
        var what = $"Fetching {file.Path} of {snapshot.Repository.Name}";
        var (buffer, failures) = (new byte[BufferSize], 0);
        while (true)
        {
            var before = stream.Length;
            try
            {
                using var content = await client.OpenAsync(snapshot, file.Path, stream.Length, tag, cancellation);
                if (content.IsOther || content.Start != stream.Length) Restart(stream);
                if (!content.IsThere || content.Start != stream.Length) continue;
                if (content.Total is { } total && total != file.Length)
                    throw HubClient.Odd(what, $"the server sends {total} bytes, the Hub lists {file.Length}");
                if (content.Tag != tag) AtomicFile.WriteAllText(tagPath, tag = content.Tag ?? "");
                await CopyAsync(content.Body, stream, file.Length, buffer, moved, cancellation);
                if (stream.Length == file.Length) return;
                throw new EndOfStreamException($"it ends after {stream.Length} of {file.Length} bytes");
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested
                && e is HttpRequestException or OperationCanceledException or EndOfStreamException)
            {
                failures = stream.Length > before ? 0 : failures + 1;
                if (failures > HubHttp.Retries) throw HubClient.Unreached(what, e);
            }
            if (stream.Length > file.Length) return;
            await Task.Delay((firstPause ?? TimeSpan.FromSeconds(1)) * Math.Pow(2, failures), cancellation);
        }
    }

    private static async Task CopyAsync(
        Stream body, FileStream stream, long most, byte[] buffer, Count moved, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        while (stream.Length <= most)
        {
            patience.CancelAfter(Patience);
            var got = await ReadAsync(body, buffer, patience.Token);
            if (got == 0) break;
            stream.Write(buffer.AsSpan(0, got));
            stream.Flush();
            moved.Add(got, stream.Length);
        }
    }

    // Told apart from what the disk says.
    private static async Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellation);
        }
        catch (IOException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
    }

    private static FileStream OpenPart(string part)
    {
        try
        {
            var stream = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, BufferSize);
            stream.Position = stream.Length;
            return stream;
        }
        catch (IOException e)
        {
            throw new BadInputException(
                $"Fetching to {part}: {e.Message.TrimEnd('.')}. Wait until the other transfer has ended, or end it.", e);
        }
    }

    private static void Restart(FileStream stream)
    {
        stream.SetLength(0);
        stream.Position = 0;
    }

    private static async Task<bool> HasHashAsync(HubFile file, FileStream stream, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(file.Sha256 is null ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        // What git hashes of a file.
        if (file.Sha256 is null) hash.AppendData(Encoding.ASCII.GetBytes($"blob {file.Length}\0"));
        var buffer = new byte[BufferSize];
        stream.Position = 0;
        for (int got; (got = await stream.ReadAsync(buffer, cancellation)) > 0;) hash.AppendData(buffer, 0, got);
        return Convert.ToHexStringLower(hash.GetHashAndReset()) == (file.Sha256 ?? file.GitHash);
    }

    private sealed class Count(IProgress<long>? progress)
    {
        public long Bytes { get; private set; }

        public void Add(int bytes, long here)
        {
            Bytes += bytes;
            progress?.Report(here);
        }
    }
}
