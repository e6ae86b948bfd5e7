using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Recovery;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Catalog;

namespace PgmCluster.Silo.Tests.Storage.CatalogRows;

/// <summary>The catalogs as rows, whatever the database.</summary>
public abstract class CatalogStoreContract : StateDatabaseContract
{
    [Fact]
    public async Task Put_ThenFind_GivesTheEntryAsItWas_AlsoByAnotherStore()
    {
        var job = Job("größe's", 0) with
        {
            Summary = "pgm on \"shoes\"",
            MadeFrom = ["shoes", "tok"],
            AtRest = true,
            Owner = "ann",
            Phase = JobPhase.Failed,
            ChangedAt = Time.AddTicks(7),
        };
        var dataset = new CatalogEntry { Name = "shoes", Summary = "60000 images", CreatedAt = Time, AtRest = true, ChangedAt = Time };
        Assert.True(await Store().Put("jobs", job, Time));
        Assert.True(await Store().Put("datasets", dataset, Time));

        Assert.Equivalent(job, await Store().Find("jobs", "größe's"), strict: true);
        Assert.Equivalent(dataset, await Store().Find("datasets", "shoes"), strict: true);
        Assert.Null(await Store().Find("jobs", "shoes"));
        Assert.Null(await Store("pgm/other").Find("jobs", "größe's"));
    }

    [Fact]
    public async Task Put_Again_ReplacesIt_AndARemovedOneIsGone()
    {
        await Store().Put("jobs", Job("run", 0), Time);
        await Store().Put("jobs", Job("run", 0) with { AtRest = true, Phase = JobPhase.Completed, Summary = "done" }, Time);
        Assert.Equal("done", Assert.Single((await Page(new())).Entries).Summary);

        await Store().Remove("jobs", "run");
        await Store().Remove("jobs", "run");
        Assert.Empty((await Page(new())).Entries);
    }

    [Fact]
    public async Task CountGoingOn_IsOfOneUserAndOfWhatIsNotAtRest()
    {
        foreach (var (name, owner, atRest) in new[] { ("a", "ann", false), ("b", "ann", true), ("c", "ann", false), ("d", null, false) })
            await Store().Put("jobs", Job(name, 0) with { Owner = owner, AtRest = atRest }, Time);

        Assert.Equal(2, await Store().CountGoingOn("jobs", "ann"));
        Assert.Equal(1, await Store().CountGoingOn("jobs", ""));
        Assert.Equal(0, await Store().CountGoingOn("jobs", "bob"));
        Assert.Equal(0, await Store("pgm/other").CountGoingOn("jobs", "ann"));
    }

    [Fact]
    public async Task Put_NameOfAnotherKind_IsRefusedAndChangesNothing()
    {
        Assert.True(await Store().Put("jobs", Job("run", 0), Time));
        Assert.False(await Store().Put("jobs", Job("run", 1) with { JobKind = JobKind.Sampling, Summary = "other" }, Time));
        Assert.Equal((JobKind.Training, ""), ((await Store().Find("jobs", "run"))!.JobKind, (await Store().Find("jobs", "run"))!.Summary));
    }

    [Fact]
    public async Task Mark_IsKeptThroughChanges_AndOneThatIsBeingDeletedIsFoundByNobodyElse()
    {
        await Store().Put("jobs", Job("open", 0), Time);
        await Store().Put("jobs", Job("run", 1) with { AtRest = true }, Time);
        Assert.True(await Store().Mark("jobs", "run", EntryMark.ByRules, EntryMark.Kept));
        Assert.False(await Store().Mark("jobs", "run", EntryMark.ByRules, EntryMark.Deleting));
        Assert.False(await Store().Mark("jobs", "open", EntryMark.ByRules, EntryMark.Deleting));
        Assert.False(await Store().Mark("jobs", "none", EntryMark.ByRules, EntryMark.Kept));
        await Store().Put("jobs", Job("run", 1) with { AtRest = true, Summary = "again" }, Time);
        Assert.True((await Store().Find("jobs", "run"))!.Kept);
        Assert.Equal("run", Assert.Single((await Page(new() { Kept = true })).Entries).Name);
        Assert.Equal("open", Assert.Single((await Page(new() { Kept = false })).Entries).Name);

        await Store().Mark("jobs", "run", EntryMark.Kept, EntryMark.ByRules);
        Assert.True(await Store().Mark("jobs", "run", EntryMark.ByRules, EntryMark.Deleting));
        Assert.Null(await Store().Find("jobs", "run"));
        Assert.Equal("open", Assert.Single((await Page(new())).Entries).Name);
        Assert.False(await Store().Put("jobs", Job("run", 2), Time));
        Assert.Equal("run", Assert.Single(await Store().Deleting("jobs", 10)).Name);
        Assert.Empty(await Store("pgm/other").Deleting("jobs", 10));
        await Store().Remove("jobs", "run");
        Assert.Empty(await Store().Deleting("jobs", 10));
    }

    [Fact]
    public async Task Mark_EntryWrittenSinceItWasSeen_StaysAsItIs()
    {
        await Store().Put("jobs", Job("run", 0) with { AtRest = true, ChangedAt = Time.AddTicks(7) }, Time);

        Assert.False(await Store().Mark("jobs", "run", EntryMark.ByRules, EntryMark.Deleting, Time));
        Assert.NotNull(await Store().Find("jobs", "run"));
        Assert.True(await Store().Mark("jobs", "run", EntryMark.ByRules, EntryMark.Deleting, Time.AddTicks(7)));
        Assert.Null(await Store().Find("jobs", "run"));
    }

    [Fact]
    public async Task Page_ChangedBefore_GivesThoseAlone()
    {
        await Store().PutAll(
            "jobs", [.. Enumerable.Range(0, 5).Select(i => Job($"job-{i}", i) with { ChangedAt = Time.AddDays(i) })], Time);
        // How old it is nobody knows.
        await Store().Put("jobs", Job("timeless", 9) with { ChangedAt = default }, Time);
        var found = await Page(new() { ChangedBefore = Time.AddDays(2), Limit = 1 });
        Assert.Equal("job-1", Assert.Single(found.Entries).Name);
        Assert.Equal("job-0", Assert.Single((await Page(new() { ChangedBefore = Time.AddDays(2), After = found.Next })).Entries).Name);
    }

    [Fact]
    public async Task Put_ManyKindsAtOnce_OneHasTheName()
    {
        for (var round = 0; round < 5; round++)
        {
            var name = $"run{round}";
            var won = await Task.WhenAll(Enum.GetValues<JobKind>().Select(kind => Task.Run(async () =>
                (Kind: kind, Has: await Store().Put("jobs", Job(name, round) with { JobKind = kind }, Time)))));
            Assert.Equal((await Store().Find("jobs", name))!.JobKind, Assert.Single(won, w => w.Has).Kind);
        }
    }

    [Fact]
    public async Task Page_AllOfThem_GivesEachOnceNewestFirst_WhateverIsAddedMeanwhile()
    {
        // Several of one time: the name decides.
        await Store().PutAll("jobs", [.. Enumerable.Range(0, 25).Select(i => Job($"job-{i:00}", i / 4))], Time);
        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = await Page(new() { Limit = 10, After = after });
            seen.AddRange(page.Entries.Select(e => e.Name));
            after = page.Next;
            await Store().Put("jobs", Job($"later-{seen.Count}", 100), Time);
        }
        while (after is not null);

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"job-{i:00}").Reverse(), seen);
    }

    [Fact]
    public async Task Page_OfAKindARestOrAPhase_GivesThoseAlone()
    {
        await Store().PutAll("jobs",
        [
            Job("done", 1) with { AtRest = true, Phase = JobPhase.Completed },
            Job("failed", 2) with { AtRest = true, Phase = JobPhase.Failed },
            // Came to rest under a version that did not note how.
            Job("older", 3) with { AtRest = true },
            Job("sampling", 4) with { JobKind = JobKind.Sampling },
            Job("open", 5),
        ], Time);

        Assert.Equal(["sampling"], await Names(new() { Kind = JobKind.Sampling }));
        Assert.Equal(["open", "sampling"], await Names(new() { AtRest = false }));
        Assert.Equal(["open"], await Names(new() { AtRest = false, Kind = JobKind.Training }));
        Assert.Equal(["older", "failed", "done"], await Names(new() { AtRest = true }));
        Assert.Equal(["older", "failed"], await Names(new() { Phase = JobPhase.Failed }));
        var first = await Page(new() { AtRest = false, Limit = 1 });
        Assert.Equal(["sampling"], await Names(new() { AtRest = false, Limit = 1, After = first.Next }));
    }

    [Fact]
    public async Task Page_WithLabels_GivesThoseThatHaveAll_WhateverIsWrittenLater()
    {
        Dictionary<string, string> shoes = new() { ["project"] = "shoes", ["note"] = "100% _größe_ = 'x'" };
        await Store().Put("jobs", Job("both", 1) with { Labels = shoes }, Time);
        await Store().Put("jobs", Job("one", 2) with { Labels = new Dictionary<string, string> { ["project"] = "shoes" } }, Time);
        await Store().Put("jobs", Job("other", 3) with { Labels = new Dictionary<string, string> { ["project"] = "Shoes" } }, Time);
        await Store().Put("jobs", Job("none", 4), Time);
        // As a silo of a version before writes it.
        await Store().Put("jobs", Job("both", 1) with { AtRest = true }, Time);
        await Store().PutAll("jobs", [Job("one", 2) with { Summary = "changed" }], Time);

        Assert.Equal(["one", "both"], await Names(new() { Labels = new Dictionary<string, string> { ["project"] = "shoes" } }));
        Assert.Equal(["both"], await Names(new() { Labels = shoes }));
        Assert.Equal(["one"], await Names(new() { AtRest = false, Labels = new Dictionary<string, string> { ["project"] = "shoes" } }));
        Assert.Empty(await Names(new() { Labels = new Dictionary<string, string> { ["project"] = "shoe" } }));
        Assert.Empty(await Names(new() { Labels = new Dictionary<string, string> { ["roject"] = "shoes" } }));
        var first = await Page(new() { Limit = 1, Labels = new Dictionary<string, string> { ["project"] = "shoes" } });
        Assert.Equal(
            ["both"],
            await Names(new() { Limit = 1, After = first.Next, Labels = new Dictionary<string, string> { ["project"] = "shoes" } }));
        Assert.Equal(shoes, (await Store().Find("jobs", "both"))!.Labels);
        Assert.Null((await Store().Find("jobs", "none"))!.Labels);
    }

    [Fact]
    public async Task Due_UnfinishedJobs_ComeLongestDueFirst_UntilTheyAreGivenUpOrAtRest()
    {
        await Store().Put("jobs", Job("late", 0), Time.AddMinutes(2));
        await Store().Put("jobs", Job("early", 1) with { JobKind = JobKind.Pull }, Time.AddMinutes(1));
        await Store().Put("jobs", Job("ahead", 2), Time.AddYears(1));
        await Store().Put("jobs", Job("rests", 3) with { AtRest = true }, Time);
        await Store().Put("datasets", Job("shoes", 4), Time);
        await Store("pgm/other").Put("jobs", Job("other", 4), Time);

        // What a clock that was ahead has left is not waited for.
        Assert.Equal(["ahead"], (await Due(0)).Select(j => j.Id));
        Assert.Equal(["early", "late", "ahead"], (await Due(2)).Select(j => j.Id));
        Assert.Equal(["early"], (await DueJobs().Read(Time.AddMinutes(2), Time.AddHours(1), 1)).Select(j => j.Id));
        var early = (await Due(1))[0];
        Assert.Equal((JobKind.Pull, Time, 0, null), (early.Kind, early.ChangedAt, early.Failures, early.Trouble));

        // One is woken and due later, one is given up, one has come to rest meanwhile.
        var (late, ahead) = ((await Due(2))[1], (await Due(2))[2]);
        await Store().Put("jobs", Job("ahead", 2) with { AtRest = true, ChangedAt = Time.AddMinutes(3) }, Time);
        await DueJobs().Keep(
        [
            early with { DueAt = Time.AddMinutes(9) },
            late with { DueAt = null, Failures = 6, Trouble = "its state's format is newer" },
            ahead with { DueAt = Time, Failures = 1, Trouble = "was away" },
        ]);
        Assert.Empty(await Due(5));
        Assert.Equal(["early"], (await Due(9)).Select(j => j.Id));
        Assert.Equal("its state's format is newer", (await Store().Find("jobs", "late"))!.Trouble);
        Assert.Null((await Store().Find("jobs", "ahead"))!.Trouble);

        await DueJobs().MakeDue(Time, givenUp: true);
        Assert.Equal(("late", 6), ((await Due(0)).Single().Id, (await Due(0)).Single().Failures));
        await DueJobs().MakeDue(Time, givenUp: false);
        Assert.Equal(["early", "late"], (await Due(0)).Select(j => j.Id).Order());

        // Whatever its job writes is newer.
        await Store().Put("jobs", Job("late", 0) with { ChangedAt = Time.AddMinutes(4) }, Time.AddMinutes(5));
        Assert.Null((await Store().Find("jobs", "late"))!.Trouble);
        Assert.Equal(0, (await Due(5)).Single(j => j.Id == "late").Failures);
    }

    [Theory]
    [InlineData(0, null, "a page of 0")]
    [InlineData(1001, null, "a page of 1001")]
    [InlineData(10, "behind", "'behind'")]
    public async Task Page_ThatCannotBe_IsRefusedInOneLine(int limit, string? after, string said)
    {
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => Page(new() { Limit = limit, After = after }));
        Assert.Contains(said, e.Message);
    }

    private protected ICatalogStore Store(string stateId = "pgm") =>
        new CatalogStore(new StateTable(Database, new WriterQueue(Database, TimeProvider.System)), stateId);

    private DueJobStore DueJobs() => new(new StateTable(Database, new WriterQueue(Database, TimeProvider.System)), "pgm");

    private Task<IReadOnlyList<DueJob>> Due(int minutes) => DueJobs().Read(Time.AddMinutes(minutes), Time.AddHours(1), 10);

    protected static CatalogEntry Job(string name, int minute) => new()
    {
        Name = name,
        JobKind = JobKind.Training,
        CreatedAt = Time.AddMinutes(minute),
        ChangedAt = Time,
    };

    private Task<CatalogPage> Page(CatalogQuery query) => Store().Page("jobs", query);

    private async Task<IEnumerable<string>> Names(CatalogQuery query) => (await Page(query)).Entries.Select(e => e.Name);
}
