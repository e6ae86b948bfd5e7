using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;
using static PgmCluster.Grains.Tests.Support.Waits;

namespace PgmCluster.Grains.Tests.Recovery;

public class RecoveryTests
{
    [Fact]
    public async Task Deactivation_RunRunning_GoesOnUnderTheSameGeneration()
    {
        await using var cluster = await GrainCluster.Start();
        var (run, item) = await cluster.StartRun();
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");
        await cluster.Silos.DeactivateAsync(run);
        await run.Wake();
        Assert.Equal((JobPhase.Running, item.Generation), ((await run.GetStatus()).Phase, (await run.GetStatus()).Generation));
        Assert.True(await item.Publish(GrainCluster.Checkpoint(3, item.Generation)));
        item.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
        Assert.Single(cluster.Work.Created);
    }

    /// <summary>
    /// A silo that is gone has the scheduler note the losses and the supervisor wake all jobs at the same time. A run that kills its silo each
    /// time would go on for ever if being woken first hid the loss.
    /// </summary>
    [Fact]
    public async Task Wake_WhileTheNewsOfALossIsOnItsWay_TheLossCountsAllTheSame()
    {
        await using var cluster = await GrainCluster.Start();
        await ParkByFiveLosses(cluster, async _ =>
        {
            var write = cluster.Storage.HoldWritesOf(TestSchedulerStore.Name);
            await cluster.LoseWorker();
            await write.Arrived;
            var woken = cluster.Run("run").Wake();
            write.Release();
            await woken;
        });
    }

    /// <summary>A silo that dies with the scheduler right after it has stored a loss takes the news with it, but not the loss.</summary>
    [Fact]
    public async Task Wake_TheSchedulerEndsBeforeItTellsOfALoss_TheLossCountsAllTheSame()
    {
        await using var cluster = await GrainCluster.Start();
        var run = cluster.Run("run");
        await ParkByFiveLosses(cluster, async _ =>
        {
            // The device lives on here, and must not be the first to say that it has stopped.
            var known = new TaskCompletionSource();
            cluster.Work.WhenInterrupted = _ => known.Task.Wait();
            cluster.Calls.FailAll("IWorkOwner.Report");
            var (generation, said) = ((await run.GetStatus()).Generation, Said());
            await cluster.LoseWorker();
            await Eventually(() => Task.FromResult(Said() > said), "the loss to be noticed");
            await cluster.Silos.DeactivateAsync(cluster.Scheduler);
            await run.Wake();
            cluster.Calls.FailAll(null);
            await Eventually(
                "the run knows of the loss", () => run.GetStatus(), s => s.Phase == JobPhase.Parked || s.Generation > generation);
            known.SetResult();
        });

        int Said() => cluster.Log.Lines.Count(l => l.StartsWith("The owner of lost work run does not answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Report_OfALossThatCannotBeWritten_IsToldAgainAndCounts()
    {
        await using var cluster = await GrainCluster.Start();
        await ParkByFiveLosses(cluster, async loss =>
        {
            if (loss == 1) cluster.Storage.FailNextWriteOf = "training-run";
            await cluster.LoseWorker();
        });
        Assert.Null(cluster.Storage.FailNextWriteOf);
    }

    [Fact]
    public async Task Deactivation_SchedulerAndWorkerToo_WorkIsNeitherLostNorDoubled()
    {
        await using var cluster = await GrainCluster.Start();
        var (run, item) = await cluster.StartRun();
        await cluster.Run("second").Start(GrainCluster.Request());
        var worker = (await cluster.Scheduler.GetDevices()).Single().Worker;
        await cluster.Silos.DeactivateAsync(cluster.Scheduler);
        await cluster.Silos.DeactivateAsync(cluster.Grains.GetGrain<IGpuWorkerGrain>(worker));
        item.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
        var second = await cluster.Work.Next();
        Assert.Equal("second", second.Read<TrainWork>().RunId);
        Assert.Equal(2, cluster.Work.Created.Count);
    }

    [Fact]
    public async Task ClusterRestart_RunRunning_ResumesFromItsCheckpoint()
    {
        var root = Directory.CreateTempSubdirectory("pgm-grains-").FullName;
        try
        {
            long generation;
            var before = await GrainCluster.Start(directory: root);
            var (_, item) = await before.StartRun();
            generation = item.Generation;
            Assert.True(await item.Publish(GrainCluster.Checkpoint(12, generation)));
            await before.DisposeAsync();

            await using var after = await GrainCluster.Start(directory: root);
            // Nobody calls the run: the supervisor finds it in the catalog.
            var second = await after.Work.Next();
            Assert.True(second.Generation > generation);
            Assert.Equal(12, second.Read<TrainWork>().Checkpoints.Single().Step);
            second.Complete(GrainCluster.TrainResult());
            await GrainCluster.ToRest(after.Run("run"), JobPhase.Completed);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task ClusterRestart_TokenizationHalfDone_OnlyTheRestIsDone()
    {
        var root = Directory.CreateTempSubdirectory("pgm-grains-").FullName;
        try
        {
            var before = await GrainCluster.Start(directory: root);
            await before.Register();
            await before.Run("tok").Start(GrainCluster.Request());
            (await before.Work.Next()).Complete(GrainCluster.TrainResult("tok"));
            await GrainCluster.ToRest(before.Run("tok"), JobPhase.Completed);
            await before.Tokens("tokens").Start(new TokenizationRequest { Dataset = "shoes", Tokenizer = "tok", ShardSize = 10 });
            var first = await before.Work.Next();
            first.Complete(GrainCluster.ShardResult(first));
            await GrainCluster.Until(before.Tokens("tokens"), e => e.Progress.Done == 10, "the first shard");
            await before.DisposeAsync();

            await using var after = await GrainCluster.Start(directory: root, auto: item => WorkJson.Write(GrainCluster.ShardResult(item)));
            await GrainCluster.ToRest(after.Tokens("tokens"), JobPhase.Completed);
            Assert.Equal([10, 20], after.Work.Created.Select(i => i.Read<TokenizeShardWork>().Images.Start).Order());
            Assert.Equal(4, (await after.Tokens("tokens").GetResult()).CodesUsed);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task ClusterRestart_EvaluationHalfDone_OnlyTheRestIsDone()
    {
        var root = Directory.CreateTempSubdirectory("pgm-grains-").FullName;
        try
        {
            var before = await GrainCluster.Start(directory: root);
            await before.MakeModel();
            await before.Evaluation("eval").Start(new EvaluationRequest { Model = "model", Classifier = "cls", Images = 4, ChunkSize = 4 });
            var first = await before.Work.Next();
            first.Complete(new { features = new { name = "f", size = 1, sha256 = "0" }, images = 24 });
            var second = await before.Work.Next();
            await before.DisposeAsync();

            await using var after = await GrainCluster.Start(directory: root);
            var rest = new List<string>();
            for (var part = 0; part < 3; part++)
            {
                var item = await after.Work.Next();
                rest.Add(item.Document);
                item.Complete(new { features = new { name = "f", size = 1, sha256 = "0" }, images = 4 });
            }
            Assert.Contains(second.Document, rest);
            Assert.DoesNotContain(first.Document, rest);
            Assert.Equal(WorkKinds.MergeEvaluation, (await after.Work.Next()).Kind);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>Each loss counts: at the fifth in a row that gets no further the run is parked.</summary>
    /// <param name="cluster">Has one device.</param>
    /// <param name="lose">Has the device be lost for the given time.</param>
    private static async Task ParkByFiveLosses(GrainCluster cluster, Func<int, Task> lose)
    {
        var (run, item) = await cluster.StartRun();
        for (var loss = 1; loss <= 5; loss++)
        {
            await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");
            await lose(loss);
            if (loss < 5) item = await cluster.NextAfterLoss(item);
        }

        await GrainCluster.ToRest(run, JobPhase.Parked);
    }
}
