using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Doctor;

/// <summary>Writes an artifact to a bucket, reads it back and removes it.</summary>
internal static class BucketProbe
{
    /// <summary>Bytes that are written.</summary>
    private const int Length = 4 << 20;

    /// <param name="subject">What the store is, for the line.</param>
    /// <param name="options">With the bucket.</param>
    public static Finding Look(string subject, SiloOptions options)
    {
        const string Advice = "Look at the endpoint, the bucket and the credentials, or name another store (Pgm:Artifacts, PGM_ARTIFACTS).";
        try
        {
            var watch = Stopwatch.StartNew();
            var store = ArtifactStores.Open(options.ArtifactsPlace, options.ArtifactCachePath, options.ArtifactCacheBytes);
            var content = RandomNumberGenerator.GetBytes(Length);
            var info = store.Write($"doctor-{Guid.NewGuid():N}", stream => stream.Write(content));
            var written = watch.Elapsed;
            try
            {
                // From the bucket: what was written lies in this machine's cache as well.
                if (store.HashAsync(info.Name, default).GetAwaiter().GetResult() != info)
                    return Finding.Failed(subject, $"{options.ArtifactsPlace}: what was written reads back as something else", Advice);
            }
            finally
            {
                store.Delete(info.Name);
            }
            return Finding.Ok(subject, string.Create(CultureInfo.InvariantCulture,
                $"{options.ArtifactsPlace}: {Length >> 20} MiB written in {written.TotalMilliseconds:0} ms, read back and deleted"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadInputException or DataCorruptException)
        {
            return Finding.Failed(subject, e.Message.ReplaceLineEndings(" "), Advice);
        }
    }
}
