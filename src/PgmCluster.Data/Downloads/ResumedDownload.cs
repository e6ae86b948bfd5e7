using System.Security.Cryptography;
using System.Text;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Data.Downloads;

/// <summary>
/// Fetches a file so that it goes on at the next byte, whatever ended the transfer before. Beside the target lie, hidden, what has come so
/// far and the tag of the version that it is of: another version begins anew. The target appears whole, with the hash that is expected, or
/// not at all. Of several transfers to one target, in any process, one writes; the others wait for it.
/// </summary>
/// <param name="firstPause">Before a broken transfer is taken up again; each further one without any byte takes twice as long.</param>
/// <param name="waits">Told in one line what is waited for, and null when it goes on.</param>
internal sealed class ResumedDownload(TimeSpan? firstPause = null, Action<string?>? waits = null)
{
    private const int BufferSize = 1 << 17, MostRestarts = 3;
    private const int LockedOnLinux = 11, LockedOnWindows = 32;
    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks for the file from a byte on. The body is not yet read.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="tag">What an earlier answer said of the file; null for the first.</param>
    /// <param name="cancellation">Ends the asking.</param>
    public delegate Task<RemoteContent> Open(long offset, string? tag, CancellationToken cancellation);

    /// <summary>Fetches the file unless it is there already with the right length and hash.</summary>
    /// <param name="file">What is known of it.</param>
    /// <param name="path">Where it goes. Its directory is made if need be.</param>
    /// <param name="open">Asks for it.</param>
    /// <param name="progress">Told how many bytes of the file are here.</param>
    /// <param name="cancellation">Ends the transfer; what came stays.</param>
    /// <returns>Bytes that were transferred.</returns>
    /// <exception cref="DownloadException">The server breaks off again and again, or what came is not what is expected.</exception>
    public async Task<long> FetchAsync(
        RemoteFile file, string path, Open open, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        path = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(path)!;
        if (await IsThereAsync()) return 0;
        Durable.CreateDirectory(directory);
        var part = PartOf(path);
        var (tagPath, restarts, moved) = (part + ".tag", 0, new Count(progress));
        await using var stream = await OwnAsync(file, part, cancellation);
        // Whoever had it before may have ended it.
        if (await IsThereAsync())
        {
            File.Delete(part);
            return 0;
        }
        progress?.Report(stream.Length);
        while (true)
        {
            var tag = File.Exists(tagPath) && stream.Length > 0 ? await File.ReadAllTextAsync(tagPath, cancellation) : null;
            if (stream.Length > file.Length || (stream.Length > 0 && tag is null)) Restart(stream);
            if (stream.Length < file.Length || file.Length == 0)
                await ReceiveAsync(file, open, stream, tagPath, tag, moved, cancellation);
            if (stream.Length == file.Length && await HasHashAsync(file, stream, cancellation)) break;
            // Another version of the file was begun than was ended, or bytes changed on the way.
            Restart(stream);
            if (++restarts >= MostRestarts)
                throw DownloadException.Odd(
                    file.What, $"what comes has another hash than is expected, {MostRestarts} times", file.Advice);
        }
        stream.Flush(flushToDisk: true);
        File.Move(part, path, overwrite: true);
        Durable.FlushDirectory(directory);
        File.Delete(tagPath);
        return moved.Bytes;

        async Task<bool> IsThereAsync()
        {
            if (!File.Exists(path) || !await IsWholeAsync(file, path, cancellation)) return false;
            progress?.Report(file.Length);
            return true;
        }
    }

    /// <summary>What lies beside the target until it is whole.</summary>
    public static string PartOf(string path) => Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.part");

    /// <summary>Whether a file on the disk is the one that is expected.</summary>
    public static async Task<bool> IsWholeAsync(RemoteFile file, string path, CancellationToken cancellation = default)
    {
        await using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferSize, FileOptions.SequentialScan);
        return stream.Length == file.Length && await HasHashAsync(file, stream, cancellation);
    }

    private async Task ReceiveAsync(
        RemoteFile file, Open open, FileStream stream, string tagPath, string? tag, Count moved, CancellationToken cancellation)
    {
        var (buffer, failures, furthest) = (new byte[BufferSize], 0, stream.Length);
        while (true)
        {
            try
            {
                using var content = await open(stream.Length, tag, cancellation);
                // Before what is here is given up: it is no version of the file.
                if (content.IsThere && content.Total is { } total && total != file.Length)
                    throw DownloadException.Odd(file.What, $"the server sends {total} bytes, and {file.Length} are expected", file.Advice);
                if (!content.IsThere && stream.Length == 0)
                    throw DownloadException.Odd(
                        file.What, "the whole file was asked for, and the server answers 416, as if it were a part that is not there",
                        file.Advice);
                if (content.IsOther || content.Start != stream.Length) Restart(stream);
                if (!content.IsThere || content.Start != stream.Length) continue;
                if (content.Tag != tag) AtomicFile.WriteAllText(tagPath, tag = content.Tag);
                await CopyAsync(content.Body, stream, file.Length, buffer, moved, cancellation);
                if (stream.Length == file.Length) return;
                throw new EndOfStreamException($"it ends after {stream.Length} of {file.Length} bytes");
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested
                && e is HttpRequestException or OperationCanceledException or EndOfStreamException or DownloadException { IsOdd: true })
            {
                // A server that knows no ranges and breaks off at the same byte each time gets no further.
                failures = stream.Length > furthest ? 0 : failures + 1;
                furthest = Math.Max(furthest, stream.Length);
                if (failures > DownloadHttp.Retries) throw e as DownloadException ?? DownloadException.Unreached(file.What, e);
            }
            if (stream.Length > file.Length) return;
            await Task.Delay((firstPause ?? TimeSpan.FromSeconds(1)) * Math.Pow(2, failures), cancellation);
        }
    }

    private static async Task CopyAsync(
        Stream body, FileStream stream, long most, byte[] buffer, Count moved, CancellationToken cancellation)
    {
        while (stream.Length <= most)
        {
            var got = await PatientReads.SomeAsync(body, buffer, PatientReads.Patience, cancellation);
            if (got == 0) break;
            stream.Write(buffer.AsSpan(0, got));
            stream.Flush();
            moved.Add(got, stream.Length);
        }
    }

    /// <summary>What has come so far, once nobody else writes it.</summary>
    private async Task<FileStream> OwnAsync(RemoteFile file, string part, CancellationToken cancellation)
    {
        var hasWaited = false;
        while (true)
        {
            if (TryOwn(part) is { } stream)
            {
                if (hasWaited) waits?.Invoke(null);
                stream.Position = stream.Length;
                return stream;
            }
            if (!hasWaited) waits?.Invoke($"{file.What}: another transfer to the same place is at it; waiting for its end.");
            hasWaited = true;
            await Task.Delay(LockInterval, cancellation);
        }
    }

    private static FileStream? TryOwn(string part)
    {
        FileStream stream;
        try
        {
            // Nothing but "none" locks others out on Linux.
            stream = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, BufferSize);
        }
        catch (IOException e) when ((e.HResult & 0xFFFF) is LockedOnLinux or LockedOnWindows)
        {
            return null;
        }
        // Its writer may have given it the final name between the opening and the lock.
        if (FileIdentity.Of(stream.SafeFileHandle) is not { } own || FileIdentity.Of(part)?.IsSameFile(own) == true) return stream;
        stream.Dispose();
        return null;
    }

    private static void Restart(FileStream stream)
    {
        stream.SetLength(0);
        stream.Position = 0;
    }

    private static async Task<bool> HasHashAsync(RemoteFile file, FileStream stream, CancellationToken cancellation)
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
