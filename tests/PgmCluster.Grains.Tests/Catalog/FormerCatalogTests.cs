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

    /// <summary>A silo of the version before that comes back, rolled back or in the midst of an upgrade, lists and wakes by the record.</summary>
    [Fact]
    public async Task Change_WhileTheVersionBeforeMayComeBack_IsInItsRecordToo_AndWhatItWritesIsTakenIn()
    {
        await using var cluster = await GrainCluster.Start("none", prepare: queue => queue.OpenForTheVersionBefore());
        var jobs = cluster.Grains.GetGrain<ICatalogGrain>("jobs");
        await jobs.Put(Entry("rests", 0) with { AtRest = true, Owner = "ann", Phase = JobPhase.Completed });
        await jobs.Put(Entry("open", 1));
        await jobs.Put(Entry("deleted", 2));
        await jobs.Remove("deleted");

        var record = await Record(cluster, jobs);
        var entries = record.State!.Entries;
        Assert.Equal(["open", "rests"], entries.Keys.Order());
        Assert.Equal([false, true], entries.Values.OrderBy(e => e.Name).Select(e => e.AtRest));

        // That silo has the catalog for a while: one job is deleted there, one begun, one ends.
        entries.Remove("rests");
        entries["begun"] = Entry("begun", 3);
        entries["open"] = entries["open"] with { AtRest = true };
        await cluster.Silos.DeactivateAsync(jobs);
        await cluster.Storage.WriteStateAsync("catalog", jobs.GetGrainId(), record);

        Assert.Equal(["open", "begun"], (await jobs.List()).Select(e => e.Name));
        Assert.True((await jobs.Find("open"))!.AtRest);
        await jobs.Put(Entry("rests", 0) with { AtRest = true, Owner = "ann", Phase = JobPhase.Completed });
        await cluster.Silos.DeactivateAsync(jobs);
        // What older versions do not note is kept of what they left alone.
        var kept = (await jobs.Find("rests"))!;
        Assert.Equal(("ann", JobPhase.Completed), (kept.Owner, kept.Phase));
    }

    [Fact]
    public async Task Catalog_OnceTheVersionBeforeMayNotComeBack_KeepsNoRecordAndHasItRefused()
    {
        await using var cluster = await GrainCluster.Start(
            "none", configure: o => o.DowngradeFor = TimeSpan.Zero, prepare: queue => queue.OpenForTheVersionBefore());
        var jobs = cluster.Grains.GetGrain<ICatalogGrain>("jobs");
        await jobs.Put(Entry("run", 0));

        await Waits.Eventually(
            async () => await cluster.Queue.FormerSchema.OpenSince() is null && !(await Record(cluster, jobs)).RecordExists,
            "the record of the version before goes");
        await jobs.Put(Entry("run", 0) with { AtRest = true });
        Assert.True((await jobs.Find("run"))!.AtRest);
        Assert.False((await Record(cluster, jobs)).RecordExists);
    }

    /// <summary>The record does not say when an entry was changed.</summary>
    [Fact]
    public async Task Activation_RecordOfTheVersionBefore_ItsJobsAreNotTakenForOld()
    {
        var root = Directory.CreateTempSubdirectory("pgm-former-").FullName;
        var ended = Entry("ended", 0) with { AtRest = true, CreatedAt = DateTimeOffset.UtcNow.AddDays(-100) };
        await new FileGrainStorage(Path.Combine(root, "state")).WriteStateAsync(
            "catalog", GrainId.Create("catalog", "jobs"),
            new GrainState<CatalogState>(new() { Entries = new() { [ended.Name] = ended } }));
        await using var cluster = await GrainCluster.Start("none", directory: root);

        Assert.Empty(await Delete(cluster, new JobSelection { OlderThan = TimeSpan.FromDays(7) }));
        Assert.Equal("ended", Assert.Single(await cluster.Grains.GetGrain<ICatalogGrain>("jobs").List()).Name);
        var verdict = Assert.Single(await Delete(cluster, new JobSelection()));
        Assert.Null(verdict.Stays);
        Assert.InRange(verdict.AtRestSince, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Deletion_CutOffWhileTheRecordIsKept_DoesNotComeBack()
    {
        await using var cluster = await GrainCluster.Start("none", prepare: queue => queue.OpenForTheVersionBefore());
        // Nobody finishes what is begun here, as it is done with jobs.
        var datasets = cluster.Grains.GetGrain<ICatalogGrain>("datasets");
        await datasets.Put(Entry("deleted", 0) with { AtRest = true });
        Assert.True(await cluster.Queue.Catalog.Mark("datasets", "deleted", EntryMark.ByRules, EntryMark.Deleting));
        cluster.Storage.FailWritesOfGrain = datasets.GetGrainId();
        await Assert.ThrowsAnyAsync<Exception>(() => datasets.Remove("deleted"));
        cluster.Storage.FailWritesOfGrain = null;

        await cluster.Silos.DeactivateAsync(datasets);
        Assert.Empty(await datasets.List());
        Assert.Equal("deleted", Assert.Single(await cluster.Queue.Catalog.Deleting("datasets", 10)).Name);
        await datasets.Remove("deleted");
        Assert.DoesNotContain("deleted", (await Record(cluster, datasets)).State!.Entries.Keys);
    }

    [Fact]
    public async Task Deletion_TakenBackAfterTheCatalogCameBack_TheEntryStays()
    {
        await using var cluster = await GrainCluster.Start("none", prepare: queue => queue.OpenForTheVersionBefore());
        var datasets = cluster.Grains.GetGrain<ICatalogGrain>("datasets");
        await datasets.Put(Entry("stays", 0) with { AtRest = true });
        await cluster.Queue.Catalog.Mark("datasets", "stays", EntryMark.ByRules, EntryMark.Deleting);
        await cluster.Silos.DeactivateAsync(datasets);
        Assert.Empty(await datasets.List());

        await cluster.Queue.Catalog.Mark("datasets", "stays", EntryMark.Deleting, EntryMark.ByRules);
        await cluster.Silos.DeactivateAsync(datasets);
        Assert.Equal("stays", Assert.Single(await datasets.List()).Name);
    }

    private static async Task<List<JobVerdict>> Delete(GrainCluster cluster, JobSelection selection)
    {
        var verdicts = new List<JobVerdict>();
        var retention = cluster.Grains.GetGrain<IJobRetentionGrain>("jobs");
        await foreach (var part in retention.DeleteMany(selection, dryRun: false, default)) verdicts.AddRange(part);
        return verdicts;
    }

    private static async Task<GrainState<CatalogState>> Record(GrainCluster cluster, ICatalogGrain catalog)
    {
        var record = new GrainState<CatalogState>(new());
        await cluster.Storage.ReadStateAsync("catalog", catalog.GetGrainId(), record);
        return record;
    }

    private static CatalogEntry Entry(string name, int minute) => new()
    {
        Name = name,
        JobKind = JobKind.Training,
        CreatedAt = new DateTimeOffset(2026, 11, 1, 10, minute, 0, TimeSpan.Zero),
    };
}
