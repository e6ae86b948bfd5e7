using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Data;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Grains.Tests.Tokenization;

public class TokenizationJobGrainTests : ClusterTest
{
    private static readonly TokenizationRequest Request = new() { Dataset = "shoes", Tokenizer = "tok", ShardSize = 10 };

    private async Task<ITokenizationJobGrain> StartJob()
    {
        await Cluster.Register();
        await Cluster.Run("tok").Start(GrainCluster.Request());
        (await Work.Next()).Complete(GrainCluster.TrainResult("tok"));
        await ToRest(Cluster.Run("tok"), JobPhase.Completed);
        var job = Cluster.Tokens("tokens");
        await job.Start(Request);
        return job;
    }

    [Fact]
    public async Task Start_AllShardsComplete_ManifestIsInIndexOrderWithTheCodesUsed()
    {
        var job = await StartJob();
        for (var i = 0; i < 3; i++)
        {
            var item = await Work.Next();
            var work = item.Read<TokenizeShardWork>();
            Assert.Equal(
                ($"tokens/tokens/shard-{i:00000}.safetensors", i * 10, i == 2 ? 4 : 10),
                (work.Output, work.Images.Start, work.Images.Count));
            Assert.Equal(NativeRuntime.DefaultThreads, work.Threads);
            item.Complete(GrainCluster.ShardResult(item));
        }

        var end = await ToRest(job, JobPhase.Completed);
        Assert.Equal((24L, 24L, "image"), (end.Progress.Done, end.Progress.Total, end.Progress.Unit));
        var result = await job.GetResult();
        Assert.Equal([0, 1, 2], result.Shards.Select(s => s.Index));
        Assert.Equal((24, 7, 7, 16, 4), (result.Images, result.Height, result.Width, result.Codebook, result.CodesUsed));
        Assert.Equal(("shoes", "tok"), (result.Dataset, result.Tokenizer));
    }

    [Fact]
    public async Task Start_OneShardFailsThenTheJobIsStartedAgain_FinishedShardsAreNotRedone()
    {
        var job = await StartJob();
        var first = await Work.Next();
        first.Complete(GrainCluster.ShardResult(first));
        (await Work.Next()).Fail(new BadInputException("Image 12 is damaged."));
        Assert.Equal("Image 12 is damaged.", (await ToRest(job, JobPhase.Failed)).Message);

        // The third shard may have begun before the job's cancel reached it; it is then interrupted.
        Work.Auto = item => WorkJson.Write(GrainCluster.ShardResult(item));
        var again = await job.Start(Request);
        Assert.Equal(2, again.Attempt);
        await ToRest(job, JobPhase.Completed);

        Assert.Single(Work.Created, i => i.Kind == WorkKinds.TokenizeShard && i.Read<TokenizeShardWork>().Images.Start == 0);
        Assert.Equal(3, (await job.GetResult()).Shards.Count);
    }

    [Fact]
    public async Task Start_MoreUndecodableImagesThanMayBeLeftOut_FailsNamingThemAndGoesOnWhereMoreMay()
    {
        Work.Auto = item => item.Kind == WorkKinds.Train
            ? WorkJson.Write(GrainCluster.TrainResult("tok"))
            : WorkJson.Write(Bad(item));
        await Cluster.Register();
        await Cluster.Run("tok").Start(GrainCluster.Request());
        await ToRest(Cluster.Run("tok"), JobPhase.Completed);
        var job = Cluster.Tokens("tokens");
        await job.Start(Request with { SkipBad = 2 });

        Assert.Equal(
            "Finishing tokenization 'tokens': 3 images cannot be decoded, and 2 may be left out: 0.jpg in shard made (truncated), "
            + "10.jpg in shard made (truncated), 20.jpg in shard made (truncated). Give the same command with --bad-images skip:3, which "
            + "leaves them out, or mend them and register the dataset again.",
            (await ToRest(job, JobPhase.Failed)).Message);
        await job.Start(Request with { SkipBad = 3 });
        await ToRest(job, JobPhase.Completed);

        var result = await job.GetResult();
        Assert.Equal((21, 3), (result.Images, Work.Created.Count(i => i.Kind == WorkKinds.TokenizeShard)));
        Assert.Equal(["0.jpg", "10.jpg", "20.jpg"], result.Skipped!.Select(s => s.Key));
        var fewer = await Assert.ThrowsAsync<InvalidRequestException>(() => job.Start(Request with { SkipBad = 2 }));
        Assert.Equal(
            "Starting tokenization job 'tokens': it is completed and left out 3 images, asked for 2 at most. "
            + "Give --bad-images skip:3 to take it as it is, or add --fresh to get a new one.",
            fewer.Message);
        Assert.Equal(JobPhase.Completed, (await job.Start(Request with { SkipBad = 4 })).Phase);

        static TokenizeShardResult Bad(FakeItem item)
        {
            var shard = GrainCluster.ShardResult(item);
            var first = item.Read<TokenizeShardWork>().Images.Start;
            return shard with { Images = shard.Images - 1, Skipped = [new BadImage("made", $"{first}.jpg", "truncated")] };
        }
    }

    [Fact]
    public async Task Report_ShardFailsOnTheOnlyDeviceAgainAndAgain_FailsTheJobAfterTheThirdTime()
    {
        var job = await StartJob();
        var first = await Work.Next();
        Work.Auto = item =>
            item.Read<TokenizeShardWork>().Images.Start == 0
                ? throw new InvalidOperationException("CUDA error")
                : WorkJson.Write(GrainCluster.ShardResult(item));
        first.Fail(new InvalidOperationException("CUDA error"));
        Assert.StartsWith("CUDA error. It failed at the same place 3 times on ", (await ToRest(job, JobPhase.Failed)).Message);
        Assert.Equal(3, Work.Created.Count(i => i.Kind == WorkKinds.TokenizeShard && i.Read<TokenizeShardWork>().Images.Start == 0));
    }

    [Fact]
    public async Task Report_ShardLost_DoneAgainUnderAHigherGenerationExactlyOnce()
    {
        var job = await StartJob();
        var first = await Work.Next();
        await Cluster.LoseWorker();
        Work.Auto = item => WorkJson.Write(GrainCluster.ShardResult(item));
        await ToRest(job, JobPhase.Completed);

        var tries = Work.Created.Where(i => i.Kind == WorkKinds.TokenizeShard && i.Read<TokenizeShardWork>().Images.Start == 0).ToList();
        Assert.Equal(2, tries.Count);
        Assert.True(tries[1].Generation > first.Generation);
        var shard = Cluster.Grains.GetGrain<IWorkUnitGrain>("tokens/0").AsReference<IWorkOwner>();
        Assert.False(
            await shard.Report(
                new WorkReport { WorkId = "tokens/0", Generation = tries[1].Generation, State = WorkState.Completed, Document = "{}" }));
    }

    [Fact]
    public async Task Cancel_WhileRunning_StopsTheShardAndEmptiesTheQueue()
    {
        var job = await StartJob();
        var item = await Work.Next();
        Assert.Equal(JobPhase.Cancelled, (await job.Cancel()).Phase);
        await item.Interrupted.InTime();
        var onTokens = new Contracts.Training.TrainingRequest { Preset = "pgm-x", Tokens = "tokens" };
        Assert.Contains(
            "must be completed first",
            (await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Run("model").Start(onTokens))).Message);
        Assert.DoesNotContain(await Cluster.Scheduler.GetQueue(), q => q.Worker is null);
        await Assert.ThrowsAsync<PgmException>(() => job.GetResult());
    }

    [Fact]
    public async Task Start_TokenizerNotCompletedOrOfAnotherKind_IsRefused()
    {
        var (_, _) = await Cluster.StartRun("tok");
        var job = Cluster.Tokens("tokens");
        Assert.Contains("must be completed first", (await Assert.ThrowsAsync<InvalidRequestException>(() => job.Start(Request))).Message);
        await Cluster.Run("cls").Start(GrainCluster.Request("classifier-x"));
        Assert.Contains(
            "a run of kind tokenizer is needed",
            (await Assert.ThrowsAsync<InvalidRequestException>(() => job.Start(Request with { Tokenizer = "cls" }))).Message);
        Assert.Contains(
            "no split 'test'",
            (await Assert.ThrowsAsync<InvalidRequestException>(() => job.Start(Request with { Split = "test" }))).Message);
    }
}
