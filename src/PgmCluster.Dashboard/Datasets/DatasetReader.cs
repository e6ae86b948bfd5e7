using Orleans;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Dashboard.Access;

namespace PgmCluster.Dashboard.Datasets;

/// <summary>What is registered, for those who may look.</summary>
internal sealed class DatasetReader(IGrainFactory grains, PageCaller caller)
{
    /// <summary>Key of the catalog of data sets.</summary>
    private const string Catalog = "datasets";

    /// <summary>Some data sets, those registered last first.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="after">Those behind this place; null for the first.</param>
    public async Task<CatalogPage> ListAsync(int limit, string? after)
    {
        await caller.RequireAsync();
        return await grains.GetGrain<ICatalogGrain>(Catalog).Page(new CatalogQuery { Limit = limit, After = after });
    }

    /// <summary>One of them; null where nothing is registered under the name.</summary>
    public async Task<DatasetInfo?> FindAsync(string name)
    {
        await caller.RequireAsync();
        if (!DatasetNames.CanBe(name)) return null;
        try
        {
            return await grains.GetGrain<IDatasetGrain>(name).Get();
        }
        catch (NotFoundException)
        {
            return null;
        }
    }

    /// <summary>Draws some pictures of each class, in the name of who looks.</summary>
    /// <exception cref="PgmException">They may not, or a picture has gone or changed.</exception>
    public async Task<ArtifactReference> DrawAsync(string name)
    {
        DatasetNames.Check(name);
        caller.ActAs(await caller.RequireMaySubmitAsync($"Drawing pictures of data set '{name}'"));
        return await grains.GetGrain<IDatasetGrain>(name).DrawSheet();
    }
}
