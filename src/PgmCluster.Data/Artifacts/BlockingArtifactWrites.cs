namespace PgmCluster.Data.Artifacts;

/// <summary>
/// Writing artifacts from threads that are there to block: a device's, or a checkpoint's background thread. Not for grain turns.
/// </summary>
public static class BlockingArtifactWrites
{
    /// <summary>Like <see cref="IArtifactStore.WriteAsync"/>, done when it returns.</summary>
    public static ArtifactInfo Write(this IArtifactStore store, string name, Action<Stream> write) =>
        store.WriteAsync(name, (stream, _) => { write(stream); return Task.CompletedTask; }, default).GetAwaiter().GetResult();
}
