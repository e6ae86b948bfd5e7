using System.Security.Cryptography;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Lineages;

/// <summary>What the user means by a name: a job, a dataset, an artifact by its name or by its hash, a file that equals one.</summary>
internal static class LineageSubject
{
    private const int FewestDigits = 8;

    /// <exception cref="NotFoundException">Nothing has that name or hash.</exception>
    /// <exception cref="InvalidRequestException">The digits are those of several hashes.</exception>
    public static async Task<(OriginKind Kind, string Name)> FindAsync(IClusterSession session, string name)
    {
        var (jobs, datasets) = (session.Get<ICatalogGrain>(CatalogKinds.Jobs), session.Get<ICatalogGrain>(CatalogKinds.Datasets));
        if (await jobs.Find(name) is not null) return (OriginKind.Job, name);
        if (await datasets.Find(name) is not null) return (OriginKind.Dataset, name);
        if (OriginSource.OwnerOf(name) is { } owner && await jobs.Find(owner) is not null) return (OriginKind.Job, owner);
        if (File.Exists(name)) name = HashOf(name);
        if (name.Length >= FewestDigits && name.All(char.IsAsciiHexDigit))
        {
            var found = await ByHashAsync(session, name.ToLowerInvariant());
            if (found.Count == 1) return found[0];
            if (found.Count > 1)
                throw new InvalidRequestException(
                    $"Looking for what has the hash {name}: {string.Join(", ", found.Select(f => $"'{f.Name}'"))} do. Name one of them.");
            throw new NotFoundException(
                $"Looking for what has the hash {name}: nothing that jobs of this home made, and no dataset. "
                + "'pgm runs list' and 'pgm dataset list' show what there is.");
        }
        throw new NotFoundException(
            $"Looking for '{name}': there is no job, dataset or artifact of that name"
            + NearestName.Hint(
                name, [.. await CatalogNames.KnownAsync(jobs), .. await CatalogNames.KnownAsync(datasets)],
                ". 'pgm runs list' and 'pgm dataset list' show what there is."));
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static async Task<List<(OriginKind Kind, string Name)>> ByHashAsync(IClusterSession session, string digits)
    {
        var found = new List<(OriginKind Kind, string Name)>();
        await foreach (var entry in session.Get<ICatalogGrain>(CatalogKinds.Jobs).Read(new CatalogQuery()).Reverse())
        {
            if (entry.JobKind is not { } kind) continue;
            if (await Known(() => JobGrains.Get(session, kind, entry.Name).GetOrigin()) is not { } origin) continue;
            if (Begins(origin.Sha256) || origin.MoreSha256.Any(Begins) || origin.Artifacts.Any(a => Begins(a.Sha256)))
                found.Add((OriginKind.Job, entry.Name));
        }
        await foreach (var entry in session.Get<ICatalogGrain>(CatalogKinds.Datasets).Read(new CatalogQuery()).Reverse())
        {
            if (await Known(() => session.Get<IDatasetGrain>(entry.Name).Get()) is not { } dataset) continue;
            if (Begins(dataset.ContentSha256) || Begins(dataset.Manifest?.Sha256)) found.Add((OriginKind.Dataset, entry.Name));
        }
        // A dataset's manifest is made by a job as well; the dataset is what one means.
        return found.Any(f => f.Kind == OriginKind.Dataset) ? [.. found.Where(f => f.Kind == OriginKind.Dataset)] : found;

        // The catalog may know of what has no record any more.
        static async Task<T?> Known<T>(Func<Task<T>> read) where T : class
        {
            try
            {
                return await read();
            }
            catch (NotFoundException)
            {
                return null;
            }
        }

        bool Begins(string? sha256) => sha256?.StartsWith(digits, StringComparison.Ordinal) == true;
    }
}
