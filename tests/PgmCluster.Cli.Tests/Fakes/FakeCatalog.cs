using PgmCluster.Contracts.Catalog;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeCatalog(List<CatalogEntry> entries) : ICatalogGrain
{
    public Task Put(CatalogEntry entry) => throw new NotSupportedException();

    public Task<IReadOnlyList<CatalogEntry>> List() => Task.FromResult<IReadOnlyList<CatalogEntry>>([.. entries]);

    public Task<CatalogEntry?> Find(string name) => Task.FromResult(entries.FirstOrDefault(e => e.Name == name));

    public Task Remove(string name) => throw new NotSupportedException();
}
