using System.Runtime.CompilerServices;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>A store that a test keeps from being listed.</summary>
/// <param name="inner">The store.</param>
internal sealed class HeldStore(IArtifactStore inner) : IArtifactStore
{
    private TaskCompletionSource? _asked, _opened;

    /// <summary>Keeps whoever lists it from now on waiting.</summary>
    /// <returns>Completes when somebody waits.</returns>
    public Task Hold()
    {
        _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return (_asked = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Lets it be listed.</summary>
    public void Release() => _opened!.SetResult();

    public async IAsyncEnumerable<StoredArtifact> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        _asked?.TrySetResult();
        if (_opened is { } opened) await opened.Task.WaitAsync(ct);
        await foreach (var found in inner.ListAsync(prefix, ct)) yield return found;
    }

    public Task<ArtifactInfo> WriteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken ct) =>
        inner.WriteAsync(name, write, ct);

    public Task<FetchedArtifact> FetchAsync(ArtifactInfo info, CancellationToken ct) => inner.FetchAsync(info, ct);

    public Task<Stream> OpenReadAsync(string name, CancellationToken ct) => inner.OpenReadAsync(name, ct);

    public Task<StoredArtifact?> FindAsync(string name, CancellationToken ct) => inner.FindAsync(name, ct);

    public string PlaceOf(string name) => inner.PlaceOf(name);

    public Task DeleteAsync(string name, CancellationToken ct) => inner.DeleteAsync(name, ct);

    public Task<bool> DeleteUnchangedAsync(StoredArtifact seen, CancellationToken ct) => inner.DeleteUnchangedAsync(seen, ct);

    public Task<ArtifactInfo?> HashAsync(string name, CancellationToken ct) => inner.HashAsync(name, ct);

    public Task<int> SweepAsync(DateTimeOffset before, bool dryRun, CancellationToken ct) => inner.SweepAsync(before, dryRun, ct);
}
