using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Recovery;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.Grains.Training;
using static PgmCluster.Grains.Tests.Support.Waits;

namespace PgmCluster.Grains.Tests.Recovery;

/// <summary>What wakes jobs that are not at rest, how often, and what becomes of those that cannot be woken.</summary>
public class SupervisorTests
{
    private const string Wake = "IJobGrain.Wake", Attend = "IJobSupervisorGrain.Attend";

    [Fact]
    public async Task ClusterStart_ManySilosAndJobsAtRest_EachUnfinishedJobIsWokenOnce()
    {
        CatalogEntry[] entries =
        [
            .. Enumerable.Range(0, 2000).Select(i => Entry($"done-{i}") with { AtRest = true }),
            .. Enumerable.Range(0, 20).Select(i => Entry($"open-{i}")),
        ];
        await using var cluster = await GrainCluster.Start(
            "none", silos: 3, configure: Rarely, prepare: queue => queue.Catalog.PutAll("jobs", entries, DateTimeOffset.UtcNow));

        await Eventually(
            "all silos have asked for the supervisor, and it has woken all",
            () => Task.FromResult((cluster.Calls.Of(Attend), cluster.Calls.Of(Wake))), calls => calls.Item1 >= 3 && calls.Item2 >= 20);
        // Whoever waits for the supervisor's turn sees what all silos together have come to.
        await cluster.Grains.GetGrain<IJobSupervisorGrain>("jobs").Attend(isNew: false);
        Assert.Equal(20, cluster.Calls.Of(Wake));
    }

    [Fact]
    public async Task JobThatCannotBeActivated_IsShownWithItsReason_AndNeverDueAgain_UntilASiloComes()
    {
        await using var cluster = await GrainCluster.Start(configure: AtOnce);
        await cluster.Register();
        var run = cluster.Run("newer").GetGrainId();
        await cluster.Storage.WriteStateAsync("training-run", run, new GrainState<TrainingRunState>(
            new() { FormatVersion = 99, Request = GrainCluster.Request(), Phase = JobPhase.Running }));
        var jobs = cluster.Grains.GetGrain<ICatalogGrain>("jobs");
        await jobs.Put(Entry("newer"));

        await Eventually("it is given up", () => EverDue(cluster), due => due.Count == 0);
        var entry = (await jobs.Find("newer"))!;
        Assert.False(entry.AtRest);
        Assert.Contains("its state has format 99", entry.Trouble);
        Assert.DoesNotContain('\n', entry.Trouble!);

        // What was in its way is gone.
        var stored = new GrainState<TrainingRunState>();
        await cluster.Storage.ReadStateAsync("training-run", run, stored);
        (stored.State!.FormatVersion, stored.State.Phase) = (1, JobPhase.Completed);
        await cluster.Storage.WriteStateAsync("training-run", run, stored);
        await cluster.Silos.StartAdditionalSiloAsync();
        await Eventually("it is woken once more", () => jobs.Find("newer"), e => e is { AtRest: true, Trouble: null });
    }

    /// <summary>As where the silo that the job is on has lost the database, and the supervisor's has not.</summary>
    [Fact]
    public async Task DatabaseIsAwayForTheJob_IsTriedAgainHoweverLongItTakes()
    {
        await using var cluster = await GrainCluster.Start("none", configure: AtOnce);
        var away = new PgmException("Trying to read the state: the database does not answer.") { Code = PgmErrorCode.Unavailable };
        cluster.Storage.FailReadsOf = (cluster.Run("away").GetGrainId(), new OrleansException(away.Message, away));
        await cluster.Grains.GetGrain<ICatalogGrain>("jobs").Put(Entry("away"));

        var due = await Eventually(
            "it is woken in vain ten times, or given up",
            () => EverDue(cluster),
            jobs => jobs.Count == 0 || jobs[0].Failures >= 10);
        Assert.Equal(away.Message, Assert.Single(due).Trouble);
    }

    /// <summary>As while silos are replaced one by one, and the catalog is on one of a version without pages.</summary>
    [Fact]
    public async Task CatalogIsOfAnOlderVersion_WhatStandsInRowsIsWokenAllTheSame()
    {
        await using var cluster = await GrainCluster.Start(
            "none", configure: Rarely, prepare: queue => queue.Catalog.PutAll(
                "jobs", [Entry("open") with { ChangedAt = DateTimeOffset.UtcNow }], DateTimeOffset.UtcNow));
        var wakes = () => Task.FromResult(cluster.Calls.Of(Wake));
        await Eventually("it is woken", wakes, calls => calls == 1);

        cluster.Calls.FailAll("ICatalogGrain.Page");
        var supervisor = cluster.Grains.GetGrain<IJobSupervisorGrain>("jobs");
        await cluster.Silos.DeactivateAsync(supervisor);
        await supervisor.Attend(isNew: false);
        await Eventually("the next supervisor wakes it too", wakes, calls => calls == 2);
    }

    [Fact]
    public async Task EntryOfAStartThatEndedBeforeTheJobWasStored_IsTakenOut()
    {
        var time = new JumpingTime();
        await using var cluster = await GrainCluster.Start("none", configure: AtOnce, time: time);
        var jobs = cluster.Grains.GetGrain<ICatalogGrain>("jobs");
        await jobs.Put(Entry("never"));
        await cluster.Run("never").Wake();
        Assert.NotNull(await jobs.Find("never"));

        // A start that takes so long has failed.
        time.Set(TimeSpan.FromMinutes(10));
        await Eventually("the entry is gone", () => jobs.Find("never"), e => e is null);
    }

    [Fact]
    public async Task WriteFails_JobLeavesMemory_AndGoesOnOnceTheStorageIsBack()
    {
        await using var cluster = await GrainCluster.Start(configure: options =>
            (options.WakeAfter, options.WakeRetry) = (TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(50)));
        var (run, _) = await cluster.StartRun();
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");
        cluster.Storage.FailWritesOf = "training-run";
        var before = cluster.Calls.Of(Wake);
        await Assert.ThrowsAsync<PgmException>(() => run.Pause());

        cluster.Storage.FailWritesOf = null;
        // Nobody calls the run, and its row is not due for an hour.
        await Eventually("it is woken", () => Task.FromResult(cluster.Calls.Of(Wake)), wakes => wakes > before);
    }

    [Fact]
    public void WakeTimes_Failures_DoubleTheWaitAndAreGivenUpOnlyWhereTheyAreTheJobsOwn()
    {
        var (first, retry) = (TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(1));
        var times = new WakeTimes(first, retry);
        var now = new DateTimeOffset(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);
        var (own, away) = (new DueJob("run", JobKind.Training, now, now, 0, null), new DueJob("run", JobKind.Training, now, now, 0, null));
        var waits = new List<double?>();
        for (var i = 0; i < 6; i++)
        {
            (own, away) = (times.Failed(own, now, "broken", isItsOwn: true), times.Failed(away, now, "away", isItsOwn: false));
            waits.Add((own.DueAt - now)?.TotalSeconds);
        }

        Assert.Equal([1, 2, 4, 8, 15, null], waits);
        Assert.Equal(15, (away.DueAt - now)!.Value.TotalSeconds);
        Assert.Equal(("broken", "away"), (own.Trouble, away.Trouble));
        Assert.Equal((0, null), (times.Woken(away, now).Failures, times.Woken(away, now).Trouble));
    }

    [Theory]
    [InlineData(0, 15)]
    [InlineData(60, 30)]
    [InlineData(36_000, 300)]
    public void WakeTimes_TheLongerNothingChanged_TheRarerAreWakes(int unchangedSeconds, int nextSeconds)
    {
        var times = new WakeTimes(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(1));
        var now = new DateTimeOffset(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);
        var job = new DueJob("run", JobKind.Training, now.AddSeconds(-unchangedSeconds), now, 2, "was away");
        Assert.Equal(now.AddSeconds(nextSeconds), times.Woken(job, now).DueAt);
    }

    /// <summary>Jobs that are due now or at any time.</summary>
    private static Task<IReadOnlyList<DueJob>> EverDue(GrainCluster cluster) =>
        cluster.Queue.DueJobs.Read(DateTimeOffset.UtcNow.AddYears(1), DateTimeOffset.UtcNow.AddYears(2), 10);

    private static void Rarely(Options.GrainsOptions options) => options.WakeAfter = TimeSpan.FromHours(1);

    private static void AtOnce(Options.GrainsOptions options) =>
        (options.WakeAfter, options.WakeRetry) = (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(1));

    private static CatalogEntry Entry(string name) => new() { Name = name, JobKind = JobKind.Training, CreatedAt = DateTimeOffset.UtcNow };
}
