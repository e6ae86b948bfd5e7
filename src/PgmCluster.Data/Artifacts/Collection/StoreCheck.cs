namespace PgmCluster.Data.Artifacts.Collection;

/// <summary>Reads all that is in use and compares it with what was written.</summary>
public static class StoreCheck
{
    /// <summary>Checks.</summary>
    /// <param name="store">The store; a copy on this machine does not count.</param>
    /// <param name="references">
    /// Reads what the owners' records name: once more where something is amiss, since runs go on and delete checkpoints that they do not
    /// name any more.
    /// </param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Those that are damaged or missing; how many were read.</returns>
    public static async Task<(IReadOnlyList<FaultyArtifact> Faults, int Read, long Bytes)> RunAsync(
        IArtifactStore store, Func<Task<ReferenceRegistry>> references, CancellationToken ct)
    {
        var registry = await references();
        // What a broken list names is not known; the list itself is found below.
        await registry.TraceAsync(store, (_, _) => { }, ct);
        var (faults, read, bytes) = (new List<(ArtifactInfo Artifact, FaultyArtifact Fault)>(), 0, 0L);
        foreach (var artifact in registry.Artifacts.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            var found = await store.HashAsync(artifact.Name, ct);
            bytes += found?.Size ?? 0;
            read++;
            if (found == artifact) continue;
            var problem = found is null ? "missing"
                : found.Size != artifact.Size ? $"{found.Size} bytes instead of {artifact.Size}"
                : "its bytes have changed";
            faults.Add((artifact, new FaultyArtifact(artifact.Name, problem, [.. registry.OwnersOf(artifact)])));
        }
        if (faults.Count == 0) return ([], read, bytes);
        var now = await references();
        await now.TraceAsync(store, (_, _) => { }, ct);
        var named = faults.Where(f => now.Artifacts.Contains(f.Artifact)).Select(f => f.Fault).ToList();
        return (named, read - faults.Count + named.Count, bytes);
    }
}
