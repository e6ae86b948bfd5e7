namespace PgmCluster.Data.Artifacts.Collection;

/// <summary>Deletes what nobody refers to.</summary>
public static class StoreCollection
{
    /// <summary>
    /// Between the write of an artifact and the record that names it may lie a job that waits for a database: what is younger is never
    /// deleted.
    /// </summary>
    public static readonly TimeSpan LeastAge = TimeSpan.FromHours(1);

    private const int MostReadings = 10;

    /// <summary>Collects. Jobs may write meanwhile.</summary>
    /// <param name="store">The store.</param>
    /// <param name="references">Reads what the owners' records name: asked after the store is listed.</param>
    /// <param name="age">Only what was written longer ago than this is deleted.</param>
    /// <param name="dryRun">Deletes nothing, and says what it would.</param>
    /// <param name="ct">Ends it after an artifact.</param>
    /// <exception cref="ArgumentOutOfRangeException">The age is less than <see cref="LeastAge"/>.</exception>
    /// <exception cref="DataCorruptException">What is in use cannot be told; nothing was deleted.</exception>
    public static async Task<CollectionReport> RunAsync(
        IArtifactStore store, Func<Task<ReferenceRegistry>> references, TimeSpan age, bool dryRun, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(age, LeastAge);
        var before = await TimeOfStoreAsync(store, ct) - age;
        var (kept, old) = (0, new List<StoredArtifact>());
        await foreach (var found in store.ListAsync("", ct))
        {
            if (found.Written < before) old.Add(found);
            else kept++;
        }
        // A record that is made from here on names what was written, or was renewed, after the listing: it is not deleted by its age.
        var registry = await TraceAsync(store, references, ct);
        var deleted = new List<StoredArtifact>();
        foreach (var found in old)
        {
            ct.ThrowIfCancellationRequested();
            if (registry.IsUsed(found.Name) || !(dryRun || await store.DeleteUnchangedAsync(found, ct))) kept++;
            else deleted.Add(found);
        }
        return new CollectionReport(deleted, kept, await store.SweepAsync(before, dryRun, ct));
    }

    /// <summary>
    /// What is in use. Runs go on meanwhile and delete checkpoints that they do not name any more: a list that is missing is looked for
    /// in the records once more.
    /// </summary>
    private static async Task<ReferenceRegistry> TraceAsync(
        IArtifactStore store, Func<Task<ReferenceRegistry>> references, CancellationToken ct)
    {
        var missed = new HashSet<ArtifactInfo>();
        while (true)
        {
            var registry = await references();
            (ArtifactInfo List, string Problem)? broken = null;
            await registry.TraceAsync(store, (list, problem) => broken ??= (list, problem), ct);
            if (broken is not var (named, found)) return registry;
            if (!missed.Add(named) || missed.Count == MostReadings)
                throw new DataCorruptException(
                    $"Collecting: {named.Name} is in use by {string.Join(", ", registry.OwnersOf(named))}, and what it names cannot be "
                    + $"told. Nothing was deleted. {found}");
        }
    }

    /// <summary>By the clock that artifacts' times are from.</summary>
    private static async Task<DateTimeOffset> TimeOfStoreAsync(IArtifactStore store, CancellationToken ct)
    {
        var name = $"clock-{Guid.NewGuid():N}";
        await store.WriteAsync(name, (_, _) => Task.CompletedTask, ct);
        var found = await store.FindAsync(name, ct);
        await store.DeleteAsync(name, ct);
        return found!.Written;
    }
}
