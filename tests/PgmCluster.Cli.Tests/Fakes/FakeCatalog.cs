using System.Globalization;
using PgmCluster.Contracts.Catalog;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeCatalog(List<CatalogEntry> entries) : ICatalogGrain
{
    public Task Put(CatalogEntry entry) => throw new NotSupportedException();

    public Task<IReadOnlyList<CatalogEntry>> List() => Task.FromResult<IReadOnlyList<CatalogEntry>>([.. entries]);

    public Task<CatalogPage> Page(CatalogQuery query)
    {
        var fit = Enumerable.Reverse(entries).Where(e =>
            (query.Kind is null || e.JobKind == query.Kind) && (query.AtRest is null || e.AtRest == query.AtRest)
            && JobLabels.Have(e.Labels, query.Labels)).ToList();
        var begin = query.After is { } after ? int.Parse(after, CultureInfo.InvariantCulture) : 0;
        var end = begin + query.Limit;
        return Task.FromResult(new CatalogPage(
            [.. fit.Skip(begin).Take(query.Limit)], end < fit.Count ? end.ToString(CultureInfo.InvariantCulture) : null));
    }

    public Task<CatalogEntry?> Find(string name) => Task.FromResult(entries.FirstOrDefault(e => e.Name == name));

    public Task<IReadOnlyList<CatalogEntry>> ListMadeFrom(string name) => throw new NotSupportedException();

    public Task Remove(string name) => throw new NotSupportedException();
}
