using System.Text.Json;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Collection;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Backups;

/// <summary>The artifacts that belong to a backup.</summary>
internal static class BackupArtifacts
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Looks for all that a state names, and copies it where that is asked for.</summary>
    /// <param name="records">Of the state.</param>
    /// <param name="store">Where artifacts are.</param>
    /// <param name="copies">
    /// Where they are to be as well, and nothing else; what is there as it was written is not copied again. Null for nowhere.
    /// </param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What has to be there, and what of it is missing.</returns>
    public static async Task<(List<ArtifactInfo> All, List<ArtifactInfo> Missing)> GatherAsync(
        IStoredRecords records, IArtifactStore store, IArtifactStore? copies, CancellationToken cancellation)
    {
        var registry = await StoredRegistry.ReadAsync(records, cancellation);
        // A list that is missing is found below.
        await registry.TraceAsync(store, (_, _) => { }, cancellation);
        var all = registry.Artifacts.OrderBy(a => a.Name, StringComparer.Ordinal).ToList();
        var missing = new List<ArtifactInfo>();
        foreach (var artifact in all)
        {
            var isThere = copies is null
                ? (await store.FindAsync(artifact.Name, cancellation))?.Size == artifact.Size
                : await copies.HashAsync(artifact.Name, cancellation) == artifact
                    || await CopyAsync(artifact, store, copies, cancellation);
            if (!isThere) missing.Add(artifact);
        }
        if (copies is null) return (all, missing);
        await CopyFoldersAsync(registry, all, store, copies, cancellation);
        await DeleteOthersAsync(all, copies, cancellation);
        return (all, missing);
    }

    /// <summary>Copies an artifact.</summary>
    /// <returns>False where the source has not got it as it was written.</returns>
    public static async Task<bool> CopyAsync(
        ArtifactInfo artifact, IArtifactStore from, IArtifactStore to, CancellationToken cancellation)
    {
        try
        {
            using var file = await from.FetchAsync(artifact, cancellation);
            await to.WriteAsync(artifact.Name, async (stream, ct) =>
            {
                await using var content = file.OpenRead();
                await content.CopyToAsync(stream, ct);
            }, cancellation);
            return true;
        }
        catch (DataCorruptException)
        {
            return false;
        }
    }

    public static void Write(string path, IEnumerable<ArtifactInfo> artifacts) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        foreach (var artifact in artifacts) writer.WriteLine(JsonSerializer.Serialize(artifact, s_json));
    });

    public static IEnumerable<ArtifactInfo> Read(string path) => File.ReadLines(path)
        .Select(line => JsonSerializer.Deserialize<ArtifactInfo>(line, s_json)
            ?? throw new DataCorruptException($"Reading {path}: a line says nothing. Take another backup."));

    /// <summary>What lies in the folders of jobs is in use, though no record names it: curves, logs.</summary>
    private static async Task CopyFoldersAsync(
        ReferenceRegistry registry, List<ArtifactInfo> all, IArtifactStore store, IArtifactStore copies, CancellationToken cancellation)
    {
        var known = all.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        await foreach (var stored in store.ListAsync("", cancellation))
        {
            if (known.Contains(stored.Name) || !registry.IsUsed(stored.Name)) continue;
            try
            {
                all.Add(await copies.WriteAsync(stored.Name, async (stream, ct) =>
                {
                    await using var content = await store.OpenReadAsync(stored.Name, ct);
                    await content.CopyToAsync(stream, ct);
                }, cancellation));
            }
            catch (FileNotFoundException)
            {
                // Nobody needs it any more.
            }
        }
    }

    /// <summary>An earlier reading may have copied what nothing names any more.</summary>
    private static async Task DeleteOthersAsync(List<ArtifactInfo> all, IArtifactStore copies, CancellationToken cancellation)
    {
        var known = all.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        var others = new List<string>();
        await foreach (var stored in copies.ListAsync("", cancellation))
            if (!known.Contains(stored.Name)) others.Add(stored.Name);
        foreach (var name in others) await copies.DeleteAsync(name, cancellation);
    }
}
