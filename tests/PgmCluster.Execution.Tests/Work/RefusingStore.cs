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

    public Stream OpenRead(string name) => inner.OpenRead(name);

    public string LocalPath(string name) => inner.LocalPath(name);

    public bool Exists(string name) => inner.Exists(name);

    public Task<bool> VerifyAsync(ArtifactInfo info, CancellationToken ct) => inner.VerifyAsync(info, ct);

    public IEnumerable<string> List(string prefix) => inner.List(prefix);

    public void Delete(string name) => inner.Delete(name);
}
