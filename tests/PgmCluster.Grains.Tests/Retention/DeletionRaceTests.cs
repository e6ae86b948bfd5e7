using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Tests.Support;
using static PgmCluster.Grains.Tests.Support.Waits;

namespace PgmCluster.Grains.Tests.Retention;

/// <summary>What comes between the steps of a deletion.</summary>
public class DeletionRaceTests
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(50), Week = TimeSpan.FromDays(7);

    [Fact]
    public async Task Delete_JobOfUnitsThatADeviceStillEnds_IsRefusedUntilItHas()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.Register();
        await cluster.Run("tok").Start(GrainCluster.Request());
        (await cluster.Work.Next()).Complete(GrainCluster.TrainResult("tok"));
        await GrainCluster.ToRest(cluster.Run("tok"), JobPhase.Completed);
        var job = cluster.Tokens("tokens");
        await job.Start(new() { Dataset = "shoes", Tokenizer = "tok", ShardSize = 10 });
        var slow = await cluster.Work.Next();
        var release = new TaskCompletionSource();
        cluster.Work.WhenInterrupted = _ => release.Task.Wait();
        try
        {
            await job.Cancel();
            var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => Retention(cluster).Delete("tokens"));
            Assert.Equal("Deleting job 'tokens': a device has not ended its work yet. Try again in a while.", refused.Message);
            var cancelled = new JobSelection { Phase = JobPhase.Cancelled };
            string?[] stays = ["a device has not ended its work yet. Try again in a while"];
            Assert.Equal(stays, await Verdicts(cluster, cancelled, dryRun: true));
            Assert.Equal(stays, await Verdicts(cluster, cancelled, dryRun: false));
        }
        finally
        {
            release.TrySetResult();
        }

        await slow.Interrupted.InTime();
        await Eventually(async () => (await cluster.Scheduler.GetGenerations(["tokens/0"]))[0] == 0, "the device to have ended it");
        Assert.Equal([null], await Verdicts(cluster, new JobSelection { Phase = JobPhase.Cancelled }, dryRun: true));
        await Retention(cluster).Delete("tokens");
        Assert.Null(await cluster.Grains.GetGrain<ICatalogGrain>("jobs").Find("tokens"));
    }

    [Theory]
    [InlineData(true, "Keeping job 'model'")]
    [InlineData(false, "Keeping no more job 'model'")]
    public async Task Keep_JobWhoseDeletionBeginsMeanwhile_IsRefused(bool keep, string said)
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.MakeModel();
        var was = keep ? EntryMark.ByRules : EntryMark.Kept;
        if (!keep) await Retention(cluster).Keep("model", keep: true);
        cluster.Storage.BeforeMark = () => cluster.Queue.Catalog.Mark("jobs", "model", was, EntryMark.Deleting);

        var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => Retention(cluster).Keep("model", keep));
        Assert.Contains(
            $"{said}: it is being deleted, or was changed meanwhile. Look with 'pgm runs list', then try again.", refused.Message);
        Assert.Equal(PgmErrorCode.Conflict, refused.Code);
    }

    [Fact]
    public async Task Delete_JobThatWasStartedAgainAndEndedSinceTheLook_Stays()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.Register();
        var run = cluster.Run("run");
        await StartAndEnd();
        cluster.Storage.AfterRecords = StartAndEnd;

        var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => Retention(cluster).Delete("run"));
        Assert.Contains("it was changed meanwhile. Try again", refused.Message);
        Assert.Equal(JobPhase.Cancelled, (await run.GetStatus()).Phase);

        async Task StartAndEnd()
        {
            await run.Start(GrainCluster.Request());
            await run.Cancel();
            await Eventually("no device works on it", async () => await cluster.Scheduler.Find("run") is null, gone => gone);
        }
    }

    [Fact]
    public async Task Deletion_CutOffBeforeItWasLookedForWhatHasComeMeanwhile_IsTakenBackWhereThatIsUnderWay()
    {
        await using var cluster = await GrainCluster.Start(configure: o => o.Retention = new RetentionRules(TimeSpan.Zero, 0, Often));
        await cluster.MakeModel();
        await cluster.Samples("faces").Start(new() { Model = "model" });

        Assert.True(await cluster.Queue.Catalog.Mark("jobs", "model", EntryMark.ByRules, EntryMark.Deleting));

        await Eventually("nothing is being deleted", () => cluster.Queue.Catalog.Deleting("jobs", 10), begun => begun.Count == 0);
        Assert.NotNull(await cluster.Grains.GetGrain<ICatalogGrain>("jobs").Find("model"));
        Assert.Equal(JobPhase.Completed, (await cluster.Run("model").GetStatus()).Phase);
    }

    [Fact]
    public async Task Rules_OneJobCannotBeDeleted_TheOthersGo()
    {
        await using var cluster = await GrainCluster.Start(configure: o => o.Retention = new RetentionRules(Week, 0, Often));
        await cluster.MakeModel();
        cluster.Storage.FailWritesOfGrain = cluster.Run("model").GetGrainId();
        await RetentionRulesTests.MakeOld(cluster, ["model", "cls"]);

        // It was created after the other, and is deleted before it.
        await Eventually(
            "the other is gone", () => cluster.Grains.GetGrain<ICatalogGrain>("jobs").Find("cls"), entry => entry is null);
        await Eventually("it alone is left", () => cluster.Queue.Catalog.Deleting("jobs", 10), begun => begun is [{ Name: "model" }]);
        cluster.Storage.FailWritesOfGrain = null;
        await Eventually("it is finished", () => cluster.Queue.Catalog.Deleting("jobs", 10), begun => begun.Count == 0);
        await Assert.ThrowsAsync<NotFoundException>(() => cluster.Run("model").GetStatus());
    }

    /// <summary>Why each of the selected jobs stays; null for those that go.</summary>
    private static async Task<List<string?>> Verdicts(GrainCluster cluster, JobSelection selection, bool dryRun)
    {
        var stays = new List<string?>();
        await foreach (var some in Retention(cluster).DeleteMany(selection, dryRun, CancellationToken.None)) stays.AddRange(some.Select(v => v.Stays));
        return stays;
    }

    private static IJobRetentionGrain Retention(GrainCluster cluster) => cluster.Grains.GetGrain<IJobRetentionGrain>("jobs");
}
