using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Kinds;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Jobs;

/// <summary>Jobs other than trainings that are held back and go on: what is done is kept, and the rest is the work it was before.</summary>
public sealed class PauseTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-pause-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Tokenization_PausedAtAShard_FreesItsDeviceAndGoesOnWithTheOthers()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.MakeModel();
        var tokens = cluster.Tokens("more");
        await tokens.Start(new TokenizationRequest { Dataset = "shoes", Tokenizer = "tok", ShardSize = 10 });
        var first = await cluster.Work.Next();
        first.Complete(GrainCluster.ShardResult(first));
        var second = await cluster.Work.Next();
        await GrainCluster.Until(tokens, e => e.Progress.Done == 10, "a shard is done");

        Assert.Equal(JobPhase.Paused, (await tokens.Pause()).Phase);
        Assert.Equal(JobPhase.Paused, (await tokens.Pause()).Phase);
        await second.Interrupted.InTime();
        // The only device is another job's.
        await cluster.Run("between").Start(GrainCluster.Request());
        var between = await cluster.Work.Next();
        Assert.Equal("between", between.Read<TrainWork>().RunId);
        Assert.Equal(["between"], (await cluster.Scheduler.GetQueue()).Select(q => q.WorkId));
        Assert.Equal((10L, 24L), ((await tokens.GetStatus()).Progress.Done, (await tokens.GetStatus()).Progress.Total));

        var resumed = await tokens.Resume();
        Assert.Equal((JobPhase.Queued, 2), (resumed.Phase, resumed.Attempt));
        between.Complete(GrainCluster.TrainResult("between"));
        var again = await cluster.Work.Next();
        Assert.Equal(second.Document, again.Document);
        Assert.True(again.Generation > second.Generation);
        again.Complete(GrainCluster.ShardResult(again));
        var third = await cluster.Work.Next();
        third.Complete(GrainCluster.ShardResult(third));
        await GrainCluster.ToRest(tokens, JobPhase.Completed);

        Assert.Equal([10, 10, 4], (await tokens.GetResult()).Shards.Select(s => s.Images));
        Assert.Single(cluster.Work.Created, i => i.Document == first.Document);
        var ended = await Assert.ThrowsAsync<InvalidRequestException>(tokens.Pause);
        Assert.Equal(
            "Pausing tokenization job 'more': it is completed. Only what waits or runs can be paused.", ended.Message);
        Assert.Equal(PgmErrorCode.Conflict, ended.Code);
    }

    [Fact]
    public async Task Evaluation_PausedWhileAllSilosAreReplaced_StaysPausedAndGoesOnFromItsChunks()
    {
        var request = new EvaluationRequest { Model = "model", Classifier = "cls", Images = 5, ChunkSize = 3, Seed = 4 };
        string done;
        await using (var before = await GrainCluster.Start(directory: _directory))
        {
            await before.MakeModel();
            var job = before.Evaluation("scores");
            await job.Start(request);
            var item = await before.Work.Next();
            done = item.Document;
            item.Complete(Features(item));
            await GrainCluster.Until(job, e => e.Progress.Done > 0, "a chunk is done");
            await job.Pause();
        }
        await using var later = await GrainCluster.Start(directory: _directory, auto: Answer);
        var paused = later.Evaluation("scores");
        await paused.Wake();
        Assert.Equal(JobPhase.Paused, (await paused.GetStatus()).Phase);
        // The same command again does not undo what somebody decided.
        Assert.Equal(JobPhase.Paused, (await paused.Start(request)).Phase);
        Assert.Empty(later.Work.Created);

        await paused.Resume();
        await GrainCluster.ToRest(paused, JobPhase.Completed);

        Assert.DoesNotContain(later.Work.Created, i => i.Document == done);
        var merge = later.Work.Created.Single(i => i.Kind == WorkKinds.MergeEvaluation).Read<MergeEvaluationWork>();
        Assert.Equal((1, 2, 2, 2), (merge.Reference.Count, merge.Real.Count, merge.Reconstructed.Count, merge.Generated.Count));
    }

    [Fact]
    public async Task Sampling_PausedBeforeADeviceIsFree_LeavesTheQueueAndCanBeCancelled()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.MakeModel();
        await cluster.Run("busy").Start(GrainCluster.Request());
        var busy = await cluster.Work.Next();
        var (faces, other) = (cluster.Samples("faces"), cluster.Samples("other"));
        foreach (var job in new[] { faces, other }) await job.Start(new SamplingRequest { Model = "model", ImagesPerClass = 1 });

        // By its kind and id, as the command line has it.
        Assert.Equal(JobPhase.Paused, (await cluster.Grains.GetJob(JobKind.Sampling, "faces").Pause()).Phase);
        await other.Pause();
        Assert.Equal(["busy"], (await cluster.Scheduler.GetQueue()).Select(q => q.WorkId));
        Assert.Equal(JobPhase.Cancelled, (await other.Cancel()).Phase);
        var ended = await Assert.ThrowsAsync<InvalidRequestException>(other.Resume);
        Assert.Equal(
            "Resuming sampling job 'other': it is cancelled. Only what is paused or parked can be resumed; start a failed or cancelled "
            + "job again.", ended.Message);

        await faces.Resume();
        busy.Complete(GrainCluster.TrainResult("busy"));
        var chunk = await cluster.Work.Next();
        Assert.Equal("samples/faces/", chunk.Read<SampleChunkWork>().OutputPrefix);
    }

    private static string Answer(FakeItem item) => item.Kind == WorkKinds.EvaluateChunk
        ? WorkJson.Write(Features(item))
        : WorkJson.Write(new EvaluationResult { FrechetGenerated = 1, Images = 5, ReferenceImages = 24 });

    private static EvaluateChunkResult Features(FakeItem item)
    {
        var work = item.Read<EvaluateChunkWork>();
        return new EvaluateChunkResult
        {
            Images = work.Images?.Count ?? work.Labels.Count,
            Features = new ArtifactInfo(work.Output, 3, new string('7', 64)),
        };
    }
}
