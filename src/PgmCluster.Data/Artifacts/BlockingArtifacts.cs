namespace PgmCluster.Data.Artifacts;

/// <summary>
/// The store for threads that are there to block: a device's, or a checkpoint's background thread. Not for grain turns.
/// </summary>
public static class BlockingArtifacts
{
    /// <summary>Like <see cref="IArtifactStore.WriteAsync"/>, done when it returns.</summary>
    public static ArtifactInfo Write(this IArtifactStore store, string name, Action<Stream> write) =>
        store.WriteAsync(name, (stream, _) => { write(stream); return Task.CompletedTask; }, default).GetAwaiter().GetResult();

    /// <inheritdoc cref="IArtifactStore.FetchAsync"/>
    public static FetchedArtifact Fetch(this IArtifactStore store, ArtifactInfo info, CancellationToken cancellation = default) =>
        store.FetchAsync(info, cancellation).GetAwaiter().GetResult();

    /// <inheritdoc cref="IArtifactStore.OpenReadAsync"/>
    public static Stream OpenRead(this IArtifactStore store, string name) => store.OpenReadAsync(name, default).GetAwaiter().GetResult();

    /// <inheritdoc cref="IArtifactStore.FindAsync"/>
    public static StoredArtifact? Find(this IArtifactStore store, string name) =>
        store.FindAsync(name, default).GetAwaiter().GetResult();

    /// <summary>Whether there is an artifact of that name.</summary>
    public static bool Exists(this IArtifactStore store, string name) => store.Find(name) is not null;

    /// <inheritdoc cref="IArtifactStore.ListAsync"/>
    public static IReadOnlyList<StoredArtifact> List(this IArtifactStore store, string prefix) =>
        [.. store.ListAsync(prefix, default).ToBlockingEnumerable()];

    /// <inheritdoc cref="IArtifactStore.DeleteAsync"/>
    public static void Delete(this IArtifactStore store, string name) => store.DeleteAsync(name, default).GetAwaiter().GetResult();
}
