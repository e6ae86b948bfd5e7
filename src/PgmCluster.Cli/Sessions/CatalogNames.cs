using PgmCluster.Cli.Errors;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Cli.Sessions;

/// <summary>Looks names up, and knows the nearest one where there is none.</summary>
internal static class CatalogNames
{
    /// <summary>Of longer catalogs, the names that came last are looked at for the one that somebody may have meant.</summary>
    private const int MostLookedAt = 10_000;

    /// <exception cref="NotFoundException">The catalog has no such name.</exception>
    public static async Task<CatalogEntry> RequireAsync(IClusterSession session, string kind, string name)
    {
        var catalog = session.Get<ICatalogGrain>(kind);
        if (await catalog.Find(name) is { } entry) return entry;
        var names = await KnownAsync(catalog);
        var what = kind == CatalogKinds.Datasets ? "dataset" : "run or job";
        var list = kind == CatalogKinds.Datasets ? "pgm dataset list" : "pgm runs list";
        throw new NotFoundException(
            $"Looking for {what} '{name}': there is none{NearestName.Hint(name, names, $". '{list}' shows what there is.")}");
    }

    /// <summary>Names to compare a mistyped one with.</summary>
    public static async Task<List<string>> KnownAsync(ICatalogGrain catalog) =>
        await catalog.Read(new CatalogQuery { Limit = CatalogQuery.MostOfAPage }).Take(MostLookedAt).Select(e => e.Name).ToListAsync();
}
