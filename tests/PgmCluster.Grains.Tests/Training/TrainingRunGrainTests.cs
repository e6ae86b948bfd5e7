using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Data;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Training;

public class TrainingRunGrainTests : ClusterTest
{
    [Fact]
    public async Task Run_WaitsForItsDisk_SaysSoUntilItGoesOn()
    {
        var (run, item) = await Cluster.StartRun();

        item.Context.Waits("Starting the work: the disk is full (0.1 MB free).");
        var waits = await GrainCluster.Until(run, e => e.Message is not null, "what it waits for");
        item.Context.Waits(null);
        await GrainCluster.Until(run, e => e is { Phase: JobPhase.Running, Message: null }, "no message");

        Assert.Equal((JobPhase.Running, "Starting the work: the disk is full (0.1 MB free)."), (waits.Phase, waits.Message));
    }

    [Fact]
    public async Task Resolve_Request_GivesWhatTheRunStoresAndStartsNothing()
    {
        await Cluster.Register();
        var request = GrainCluster.Request() with { Seed = 7 };

        var resolved = await Cluster.Run("config-show").Resolve(request);
        Assert.Empty(Cluster.Work.Created);
        await Cluster.Run("run").Start(request);

        var details = await Cluster.Run("run").GetDetails();
        Assert.Equal(
            (details.Kind, details.Specification, details.SpecificationSha256), (resolved.Kind, resolved.Specification, resolved.Sha256));
        Assert.Contains(
            "no dataset 'none'",
            (
                await Assert.ThrowsAsync<InvalidRequestException>(
                    () => Cluster.Run("config-show").Resolve(request with { Dataset = "none" }))).Message);
        await Assert.ThrowsAsync<NotFoundException>(() => Cluster.Run("config-show").GetStatus());
    }

    [Theory]
    [InlineData(24)]
    [InlineData(100)]
    public async Task Start_HoldsOutAllOfTheData_IsRefused(int heldOut)
    {
        await Cluster.Register(images: 30, validation: 6);

        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Run("run").Start(
            GrainCluster.Request() with { Set = new Dictionary<string, string> { ["training.validationExamples"] = $"{heldOut}" } }));

        Assert.Contains($"training.validationExamples = {heldOut}, and the data have 24 in all", e.Message);
    }

    [Fact]
    public async Task Start_WithACheckpoint_ItIsComparedWithTheRunBeforeItIsQueued()
    {
        await Cluster.Register();
        var fits = GrainCluster.Request() with
        {
            From = new ArtifactReference("imports/fits.pth", 1, new string('6', 64)),
            FromWeights = "ema",
        };

        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Run("run").Start(
            fits with { From = new ArtifactReference("imports/other-model.pth", 1, new string('6', 64)) }));
        Assert.Equal("imports/other-model.pth (ema) does not fit a tokenizer.", e.Message);
        await Assert.ThrowsAsync<NotFoundException>(() => Cluster.Run("run").GetStatus());
        Assert.Contains(
            "no checkpoint that has them",
            (await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Run("run").Start(fits with { From = null }))).Message);

        await Cluster.Run("run").Start(fits);
        var item = await Work.Next();
        Assert.Equal("ema", item.Read<TrainWork>().FromWeights);
        item.Complete(GrainCluster.TrainResult());
    }

    [Fact]
    public async Task Start_WorkCompletes_ResultIsRecorded()
    {
        var (run, item) = await Cluster.StartRun();
        var work = item.Read<TrainWork>();
        Assert.Equal(("run", 24, 0), (work.RunId, work.Images!.Count, work.Images.Start));
        Assert.Contains("\"classes\":3", work.Specification);
        item.Progress(40, 100);
        await GrainCluster.Until(run, e => e is { Phase: JobPhase.Running, Progress.Done: 40 }, "step 40");

        item.Complete(GrainCluster.TrainResult());

        await ToRest(run, JobPhase.Completed);
        var details = await run.GetDetails();
        Assert.Equal(
            ("tokenizer", 100L, "runs/run/weights.safetensors"), (details.Kind, details.DurableStep, details.Result!.Weights.Name));
        Assert.Equal((1, 100L, 100L), (details.Status.Attempt, details.Status.Progress.Done, details.Status.Progress.Total));
        Assert.NotNull(details.Status.FinishedAt);
        var entry = await Cluster.Grains.GetGrain<ICatalogGrain>("jobs").Find("run");
        Assert.Equal((JobKind.Training, true, "shoes"), (entry!.JobKind, entry.AtRest, entry.MadeFrom.Single()));
    }

    [Fact]
    public async Task Start_ExchangeByNccl_SummarySaysThatBitsAreNotReproducible()
    {
        await Cluster.Register();
        var exact = await Cluster.Run("exact").Start(GrainCluster.Request());
        var nccl = await Cluster.Run("nccl").Start(
            GrainCluster.Request() with { Set = new Dictionary<string, string> { ["training.exchange"] = "nccl" } });
        Assert.Equal(("tokenizer-x on shoes", "tokenizer-x on shoes, bits not reproducible (NCCL)"), (exact.Summary, nccl.Summary));
    }

    [Fact]
    public async Task Report_WorkerLostAfterCheckpoint_QueuedAgainFromIt()
    {
        var (run, first) = await Cluster.StartRun();
        for (var step = 10; step <= 50; step += 10) Assert.True(await first.Publish(GrainCluster.Checkpoint(step, first.Generation)));

        await Cluster.LoseWorker();
        var second = await Cluster.NextAfterLoss(first);

        Assert.True(second.Generation > first.Generation);
        Assert.Equal([50L, 40, 30], second.Read<TrainWork>().Checkpoints.Select(c => c.Step));
        Assert.Equal(50, (await run.GetDetails()).DurableStep);
        // The device is not wanted any more, but what it has saved is as good as before.
        Assert.False(await first.Publish(GrainCluster.Checkpoint(60, first.Generation)));
        Assert.Equal(60, (await run.GetDetails()).DurableStep);
        second.Complete(GrainCluster.TrainResult());
        await ToRest(run, JobPhase.Completed);
    }

    [Fact]
    public async Task Report_StaleGeneration_IsRefusedAndChangesNothing()
    {
        var (run, item) = await Cluster.StartRun();
        var owner = (IWorkOwner)run.AsReference<IWorkOwner>();
        foreach (var state in Enum.GetValues<WorkState>())
        {
            Assert.False(
                await owner.Report(new WorkReport { WorkId = "run", Generation = item.Generation - 1, State = state, Document = "{}" }));
        }
        Assert.False(await owner.Report(new WorkReport { WorkId = "other", Generation = item.Generation, State = WorkState.Running }));
        Assert.False((await run.GetStatus()).Phase.IsAtRest());
    }

    [Fact]
    public async Task Report_FiveLossesWithoutProgress_IsParkedUntilResumed()
    {
        var (run, item) = await Cluster.StartRun();
        var owner = run.AsReference<IWorkOwner>();
        for (var loss = 1; loss <= 5; loss++)
        {
            var generation = (await run.GetStatus()).Generation;
            Assert.True(await owner.Report(new WorkReport { WorkId = "run", Generation = generation, State = WorkState.Lost }));
        }

        var parked = await run.GetStatus();
        Assert.Equal(JobPhase.Parked, parked.Phase);
        Assert.Contains("pgm runs resume run", parked.Message);

        var resumed = await run.Resume();
        Assert.False(resumed.Phase.IsAtRest());
        Assert.Equal(2, resumed.Attempt);
        await Cluster.NextAfterLoss(item);
    }

    [Fact]
    public async Task Report_LossesWithProgressBetween_IsNotParked()
    {
        var (run, _) = await Cluster.StartRun();
        var owner = run.AsReference<IWorkOwner>();
        for (var loss = 1; loss <= 12; loss++)
        {
            var generation = (await run.GetStatus()).Generation;
            var progress = new JobProgress { Done = loss / 3, Total = 100, Unit = "step" };
            await owner.Report(new WorkReport { WorkId = "run", Generation = generation, State = WorkState.Running, Progress = progress });
            await owner.Report(new WorkReport { WorkId = "run", Generation = generation, State = WorkState.Lost });
        }
        Assert.False((await run.GetStatus()).Phase.IsAtRest());
    }

    [Fact]
    public async Task Report_OrderlyLosses_AreNotPoison()
    {
        var (run, _) = await Cluster.StartRun();
        var owner = run.AsReference<IWorkOwner>();
        for (var loss = 1; loss <= 8; loss++)
        {
            var generation = (await run.GetStatus()).Generation;
            await owner.Report(new WorkReport { WorkId = "run", Generation = generation, State = WorkState.Lost, Orderly = true });
        }
        Assert.False((await run.GetStatus()).Phase.IsAtRest());
    }

    [Fact]
    public async Task Report_NoCheckpointIntact_IsParkedAndCanBeResumed()
    {
        var (run, item) = await Cluster.StartRun();
        item.Fail(new WorkParkedException("Resuming run run: none of its 2 checkpoints is intact (step 5: x is missing or changed)."));
        Assert.StartsWith("Resuming run run: none of its 2 checkpoints", (await ToRest(run, JobPhase.Parked)).Message);
        await run.Resume();
        (await Work.Next()).Complete(GrainCluster.TrainResult());
        await ToRest(run, JobPhase.Completed);
    }

    [Fact]
    public async Task Report_Diverged_IsParkedWithTheMessage()
    {
        var (run, item) = await Cluster.StartRun();
        item.Fail(new WorkDivergedException("The loss is NaN at step 12, micro-batch 3."));
        var end = await ToRest(run, JobPhase.Parked);
        Assert.StartsWith("The loss is NaN at step 12, micro-batch 3.", end.Message);
        Assert.Contains("pgm runs resume run", end.Message);
    }

    [Fact]
    public async Task Report_Failed_KeepsTheLineAndStartsAgainFromTheCheckpoint()
    {
        var (run, item) = await Cluster.StartRun();
        await item.Publish(GrainCluster.Checkpoint(20, item.Generation));
        item.Fail(new BadInputException("Reading shoes: image 3 is damaged."));
        Assert.Equal("Reading shoes: image 3 is damaged.", (await ToRest(run, JobPhase.Failed)).Message);

        var again = await run.Start(GrainCluster.Request());
        Assert.Equal((2, null), (again.Attempt, again.Message));
        var second = await Work.Next();
        Assert.True(second.Generation > item.Generation);
        Assert.Equal(20, second.Read<TrainWork>().Checkpoints.Single().Step);
    }

    [Fact]
    public async Task Report_FailsThreeTimesOnTheOnlyDeviceWithoutGettingFurther_IsParkedUntilResumed()
    {
        var (run, item) = await Cluster.StartRun();
        item.Fail(new WorkFaultedException(3, new InvalidOperationException("CUDA error: an illegal memory access")));
        // This one got further, so the first does not count.
        foreach (var step in new[] { 9, 9, 5 })
        {
            item = await Work.Next();
            Assert.False((await run.GetStatus()).Phase.IsAtRest());
            item.Fail(new WorkFaultedException(step, new InvalidOperationException("CUDA error: an illegal memory access")));
        }
        var end = await ToRest(run, JobPhase.Parked);
        Assert.StartsWith("CUDA error: an illegal memory access. It failed at the same place 3 times on ", end.Message);

        await run.Resume();
        (await Work.Next()).Complete(GrainCluster.TrainResult());
        await ToRest(run, JobPhase.Completed);
    }

    [Fact]
    public async Task Report_UnreadableResult_FailsTheRun()
    {
        var (run, item) = await Cluster.StartRun();
        item.CompleteRaw("not json");
        Assert.Contains("cannot be read", (await ToRest(run, JobPhase.Failed)).Message);
    }

    [Fact]
    public async Task Pause_Running_StopsWithACheckpointAndResumeGoesOnFromIt()
    {
        Work.WhenInterrupted = item => item.Context.Publish(WorkJson.Write(GrainCluster.Checkpoint(33, item.Generation)));
        var (run, item) = await Cluster.StartRun();
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");

        Assert.Equal(JobPhase.Paused, (await run.Pause()).Phase);
        // Resuming at once: the old generation may still be saving, and what it saves counts.
        await run.Resume();
        var second = await Work.Next();

        Assert.True(second.Generation > item.Generation);
        Assert.Equal(33, second.Read<TrainWork>().Checkpoints.First().Step);
        second.Complete(GrainCluster.TrainResult());
        await ToRest(run, JobPhase.Completed);
    }

    [Fact]
    public async Task Pause_Queued_LeavesTheQueue()
    {
        var (_, item) = await Cluster.StartRun();
        var second = Cluster.Run("second");
        await second.Start(GrainCluster.Request());
        Assert.Equal(JobPhase.Paused, (await second.Pause()).Phase);
        Assert.Equal("run", Assert.Single(await Cluster.Scheduler.GetQueue()).WorkId);
        item.Complete(GrainCluster.TrainResult());
        await ToRest(Cluster.Run("run"), JobPhase.Completed);
        await second.Resume();
        Assert.Equal("second", (await Work.Next()).Read<TrainWork>().RunId);
    }

    [Fact]
    public async Task Cancel_Running_StopsTheItemAndFreesTheDevice()
    {
        var (run, item) = await Cluster.StartRun();
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");
        Assert.Equal(JobPhase.Cancelled, (await run.Cancel()).Phase);
        await item.Interrupted.InTime();
        Assert.Equal(JobPhase.Cancelled, (await run.Cancel()).Phase);

        await Cluster.Run("next").Start(GrainCluster.Request());
        Assert.Equal("next", (await Work.Next()).Read<TrainWork>().RunId);
        Assert.Empty(await Cluster.Scheduler.GetQueue() is var queue ? queue.Where(q => q.WorkId == "run") : []);
    }

    [Fact]
    public async Task Start_SameRequestTwice_ReturnsTheRunAsItIs()
    {
        var (run, item) = await Cluster.StartRun();
        item.Progress(1, 100);
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");
        var again = await run.Start(GrainCluster.Request());
        Assert.Equal((JobPhase.Running, 1, item.Generation), (again.Phase, again.Attempt, again.Generation));
        Assert.False(Work.AnyWaiting);
    }

    [Fact]
    public async Task Start_DifferentRequest_IsRefusedWithTheDifference()
    {
        var (run, _) = await Cluster.StartRun();
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => run.Start(GrainCluster.Request() with { Seed = 9 }));
        Assert.Contains("seed is 0, asked for 9", e.Message);
        Assert.Contains("--fresh", e.Message);
        e = await Assert.ThrowsAsync<InvalidRequestException>(
            () => run.Start(GrainCluster.Request() with { Set = new Dictionary<string, string>() }));
        Assert.Contains("training.steps", e.Message);
    }

    [Fact]
    public async Task Start_BadRequests_AreRefusedInTheirOwnWords()
    {
        await Cluster.Register();
        var run = Cluster.Run("bad");
        async Task<string> Refused(TrainingRequest request) =>
            (await Assert.ThrowsAsync<InvalidRequestException>(() => run.Start(request))).Message;

        Assert.Contains("no preset 'gpm'", await Refused(GrainCluster.Request("gpm")));
        Assert.Contains(
            "Unknown key 'x'", await Refused(GrainCluster.Request() with { Set = new Dictionary<string, string> { ["x"] = "1" } }));
        Assert.Contains("no dataset 'boots'", await Refused(GrainCluster.Request() with { Dataset = "boots" }));
        Assert.Contains("4 to 2 workers", await Refused(GrainCluster.Request() with { MinWorkers = 4, MaxWorkers = 2 }));
        Assert.Contains("no tokenization job 'none'", await Refused(new TrainingRequest { Preset = "pgm-x", Tokens = "none" }));
        Assert.Contains("trains on tokens", await Refused(GrainCluster.Request("pgm-x")));
        Assert.Contains("not both", await Refused(GrainCluster.Request() with { Tokens = "none" }));
        await Assert.ThrowsAsync<NotFoundException>(() => run.GetStatus());
        Assert.Empty(await Cluster.Grains.GetGrain<ICatalogGrain>("jobs").List());
    }

    [Fact]
    public async Task Start_IdOfAnotherKind_IsRefused()
    {
        await Cluster.MakeModel();
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Run("tokens").Start(GrainCluster.Request()));
        Assert.Contains("belongs to a tokenization job", e.Message);
    }

    [Fact]
    public async Task Start_OnTokens_TakesShardsAndFactsFromTheJob()
    {
        await Cluster.MakeModel();
        var work = Work.Created.Last(i => i.Kind == WorkKinds.Train).Read<TrainWork>();
        Assert.Equal("model", work.RunId);
        Assert.Null(work.Images);
        Assert.Equal(
            ["tokens/tokens/shard-00000.safetensors", "tokens/tokens/shard-00001.safetensors", "tokens/tokens/shard-00002.safetensors"],
            work.Tokens!.Select(t => t.Name));
        Assert.Contains("\"classes\":3,\"codebook\":16,\"height\":7", work.Specification);
    }

    [Fact]
    public async Task Report_StorageRefusesTheWrite_TheCheckpointIsNotAcknowledged()
    {
        var (run, item) = await Cluster.StartRun();
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");
        Cluster.Storage.FailWritesOf = "training-run";
        var owner = run.AsReference<IWorkOwner>();
        var report = new WorkReport
        {
            WorkId = "run",
            Generation = item.Generation,
            State = WorkState.Running,
            Document = WorkJson.Write(GrainCluster.Checkpoint(5, item.Generation)),
        };
        var e = await Assert.ThrowsAsync<PgmException>(() => owner.Report(report));
        Assert.DoesNotContain("the disk of the test", e.Message);

        Cluster.Storage.FailWritesOf = null;
        Assert.Equal(0, (await run.GetDetails()).DurableStep);
        Assert.True(await owner.Report(report));
        Assert.Equal(5, (await run.GetDetails()).DurableStep);
    }
}
