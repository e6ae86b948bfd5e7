namespace PgmCluster.Data.Artifacts.Collection;

/// <summary>Reads all that is in use and compares it with what was written.</summary>
public static class StoreCheck
{
    /// <summary>Checks.</summary>
    /// <param name="store">The store; a copy on this machine does not count.</param>
    /// <param name="registry">What the owners' records name.</param>
    /// <param name="progress">Told how many are read, of how many.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Those that are damaged or missing; how many were read.</returns>
    public static async Task<(IReadOnlyList<FaultyArtifact> Faults, int Read, long Bytes)> RunAsync(
        IArtifactStore store, ReferenceRegistry registry, Action<int, int> progress, CancellationToken ct)
    {
        // What a broken list names is not known; the list itself is found below.
        await registry.TraceAsync(store, (_, _) => { }, ct);
        var (faults, read, bytes) = (new List<FaultyArtifact>(), 0, 0L);
        foreach (var artifact in registry.Artifacts.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            var found = await store.HashAsync(artifact.Name, ct);
            bytes += found?.Size ?? 0;
            progress(++read, registry.Artifacts.Count);
            if (found == artifact) continue;
            var problem = found is null ? "missing"
                : found.Size != artifact.Size ? $"{found.Size} bytes instead of {artifact.Size}"
                : "its bytes have changed";
            faults.Add(new FaultyArtifact(artifact.Name, problem, [.. registry.OwnersOf(artifact)]));
        }
        return (faults, read, bytes);
    }
}
