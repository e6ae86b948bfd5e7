using System.Security.Cryptography;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Artifacts;

/// <summary>Files between a client and the cluster's artifact store, which the client need not reach.</summary>
public static class ArtifactTransfers
{
    private const int PartSize = 1 << 20;

    /// <summary>
    /// A silo that has to fetch a large file from a bucket first, or to store one there, answers late: it goes on meanwhile, and the same
    /// question means the same. Each stands for two waits, for a client repeats a call itself when it is late.
    /// </summary>
    private const int LateAnswers = 30;

    /// <summary>Fetches a file. Under its name there is the whole of it, checked, or what was there before.</summary>
    /// <param name="grains">The client.</param>
    /// <param name="artifact">As a result names it.</param>
    /// <param name="file">Where to; replaced if it is there.</param>
    /// <param name="cancellation">Ends it; nothing is left.</param>
    /// <exception cref="NotFoundException">There is no such file in the store.</exception>
    /// <exception cref="PgmException">It cannot be read, or came as something else than it was.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task DownloadAsync(
        this IGrainFactory grains, ArtifactReference artifact, string file, CancellationToken cancellation = default)
    {
        var source = grains.GetGrain<IArtifactsGrain>("default");
        var unfinished = $"{file}.{Guid.NewGuid():N}.part";
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var target = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write))
            {
                while (target.Position < artifact.Size)
                {
                    var part = await Patiently(() => source.Read(artifact, target.Position, cancellation), cancellation);
                    if (part.Length == 0) break;
                    hash.AppendData(part);
                    await target.WriteAsync(part, cancellation);
                }
                target.Flush(flushToDisk: true);
            }
            var came = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (came != artifact.Sha256)
            {
                throw new PgmException(
                    $"Fetching '{artifact.Name}': it came with SHA-256 {came}, and {artifact.Sha256} was written. Check the network and "
                    + "the store ('pgm store check'), then try again.");
            }
            File.Move(unfinished, file, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Sends a file to the store, where it is once however often it is sent.</summary>
    /// <param name="grains">The client.</param>
    /// <param name="file">What to send; its ending is kept.</param>
    /// <param name="cancellation">Ends it; nothing is left in the store.</param>
    /// <returns>What jobs name it by.</returns>
    /// <exception cref="InvalidRequestException">The file is empty, or changed while it was sent.</exception>
    /// <exception cref="PgmException">The store cannot take it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<ArtifactReference> UploadAsync(
        this IGrainFactory grains, string file, CancellationToken cancellation = default)
    {
        await using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(source, cancellation));
        var target = grains.GetGrain<IArtifactUploadGrain>(hash);
        var ending = Path.GetExtension(file).ToLowerInvariant();
        var part = new byte[PartSize];
        var (sent, joined, again) = (0L, false, false);
        while (true)
        {
            source.Position = sent;
            var length = await source.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, cancellation);
            if (length > 0)
            {
                var (from, next) = (sent, length == part.Length ? part : part[..length]);
                sent = await Patiently(() => target.Append(ending, from, next, cancellation), cancellation);
                joined |= sent != from + length;
                continue;
            }
            if (source.Length == 0) throw new InvalidRequestException($"Sending '{file}': it is empty. Name a file with content.");
            if (sent > source.Length)
            {
                throw new InvalidRequestException(
                    $"Sending '{file}': it became shorter while it was sent. Send it again when nobody writes to it.");
            }
            try
            {
                // Null where its silo was lost with what had come: then from the beginning.
                if (await Patiently(() => target.Complete(ending, source.Length, cancellation), cancellation) is { } stored) return stored;
            }
            catch (InvalidRequestException) when (joined && !again)
            {
                // What another client had begun to send was no such file.
                again = true;
            }
            sent = 0;
        }
    }

    private static async Task<T> Patiently<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        for (var late = 0; ; late++)
        {
            try
            {
                return await call();
            }
            catch (TimeoutException) when (late < LateAnswers)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }
}
