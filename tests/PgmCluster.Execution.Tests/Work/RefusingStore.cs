using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Tests.Work;

/// <summary>A store whose disk takes only what it is told to.</summary>
/// <param name="inner">Takes the rest.</param>
/// <param name="refusal">What the writing of a name fails with; null where it is taken.</param>
internal sealed class RefusingStore(IArtifactStore inner, Func<string, Exception?> refusal) : IArtifactStore
{
    /// <summary>What a full disk says.</summary>
    public static Exception Full { get; } = new StorageFullException("/artifacts", new IOException("No space left on device", 28));

    public Task<ArtifactInfo> WriteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken ct) =>
        refusal(name) is { } e ? throw e : inner.WriteAsync(name, write, ct);

    public Task<FetchedArtifact> FetchAsync(ArtifactInfo info, CancellationToken ct) => inner.FetchAsync(info, ct);

    public Task<Stream> OpenReadAsync(string name, CancellationToken ct) => inner.OpenReadAsync(name, ct);

    public Task<StoredArtifact?> FindAsync(string name, CancellationToken ct) => inner.FindAsync(name, ct);

    public IAsyncEnumerable<StoredArtifact> ListAsync(string prefix, CancellationToken ct) => inner.ListAsync(prefix, ct);

    public string PlaceOf(string name) => inner.PlaceOf(name);

    public Task<bool> DeleteUnchangedAsync(StoredArtifact seen, CancellationToken ct) => inner.DeleteUnchangedAsync(seen, ct);

    public Task<ArtifactInfo?> HashAsync(string name, CancellationToken ct) => inner.HashAsync(name, ct);

    public Task<int> SweepAsync(DateTimeOffset before, bool dryRun, CancellationToken ct) => inner.SweepAsync(before, dryRun, ct);

    public Task DeleteAsync(string name, CancellationToken ct) => inner.DeleteAsync(name, ct);
}
