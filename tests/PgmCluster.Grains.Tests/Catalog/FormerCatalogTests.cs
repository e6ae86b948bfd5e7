using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Catalog;

/// <summary>The catalog as versions before rows stored it: one record.</summary>
public class FormerCatalogTests
{
    [Fact]
    public async Task Activation_RecordOfTheVersionBefore_IsMovedOnceAndWinsOverRows()
    {
        await using var cluster = await GrainCluster.Start("none");
        var jobs = cluster.Grains.GetGrain<ICatalogGrain>("jobs");
        await jobs.Put(Entry("kept", 0) with { AtRest = true });
        await jobs.Put(Entry("renewed", 1) with { AtRest = true, Summary = "row" });
        await cluster.Silos.DeactivateAsync(jobs);
        // A silo of the version before, in the midst of an upgrade.
        var state = new GrainState<CatalogState>(new()
        {
            Entries = new() { ["renewed"] = Entry("renewed", 1) with { AtRest = true, Summary = "record" }, ["new"] = Entry("new", 2) },
        });
        await cluster.Storage.WriteStateAsync("catalog", jobs.GetGrainId(), state);

        Assert.Equal(["kept", "renewed", "new"], (await jobs.List()).Select(e => e.Name));
        Assert.Equal("record", (await jobs.Find("renewed"))!.Summary);
        Assert.False((await jobs.Find("new"))!.AtRest);

        // Gone: what is changed from now on stays.
        await jobs.Put(Entry("renewed", 1) with { AtRest = true, Summary = "newer" });
        await cluster.Silos.DeactivateAsync(jobs);
        Assert.Equal("newer", (await jobs.Find("renewed"))!.Summary);
    }

    private static CatalogEntry Entry(string name, int minute) => new()
    {
        Name = name,
        JobKind = JobKind.Training,
        CreatedAt = new DateTimeOffset(2026, 11, 1, 10, minute, 0, TimeSpan.Zero),
    };
}
