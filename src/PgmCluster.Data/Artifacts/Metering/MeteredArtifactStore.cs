using System.Diagnostics;

namespace PgmCluster.Data.Artifacts.Metering;

/// <summary>A store that tells the meters how long it takes, also where it fails; otherwise it is the other.</summary>
/// <param name="inner">Does all.</param>
public sealed class MeteredArtifactStore(IArtifactStore inner) : IArtifactStore, IDisposable
{
    public async Task<ArtifactInfo> WriteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken ct)
    {
        var written = await Measured("write", () => inner.WriteAsync(name, write, ct)).ConfigureAwait(false);
        StoreMeters.Moved("write", written.Size);
        return written;
    }

    public async Task<FetchedArtifact> FetchAsync(ArtifactInfo info, CancellationToken ct)
    {
        var fetched = await Measured("fetch", () => inner.FetchAsync(info, ct)).ConfigureAwait(false);
        StoreMeters.Moved("fetch", info.Size);
        return fetched;
    }

    public Task<Stream> OpenReadAsync(string name, CancellationToken ct) => Measured("open", () => inner.OpenReadAsync(name, ct));

    public Task<StoredArtifact?> FindAsync(string name, CancellationToken ct) => Measured("find", () => inner.FindAsync(name, ct));

    public IAsyncEnumerable<StoredArtifact> ListAsync(string prefix, CancellationToken ct) => inner.ListAsync(prefix, ct);

    public string? FileOf(string name) => inner.FileOf(name);

    public string PlaceOf(string name) => inner.PlaceOf(name);

    public Task DeleteAsync(string name, CancellationToken ct) => Measured("delete", async () =>
    {
        await inner.DeleteAsync(name, ct).ConfigureAwait(false);
        return true;
    });

    public Task<bool> DeleteUnchangedAsync(StoredArtifact seen, CancellationToken ct) =>
        Measured("delete", () => inner.DeleteUnchangedAsync(seen, ct));

    public Task<ArtifactInfo?> HashAsync(string name, CancellationToken ct) => inner.HashAsync(name, ct);

    public Task<int> SweepAsync(DateTimeOffset before, bool dryRun, CancellationToken ct) => inner.SweepAsync(before, dryRun, ct);

    public void Dispose() => (inner as IDisposable)?.Dispose();

    private static async Task<T> Measured<T>(string operation, Func<Task<T>> run)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            return await run().ConfigureAwait(false);
        }
        finally
        {
            StoreMeters.Took(operation, Stopwatch.GetElapsedTime(begun));
        }
    }
}
