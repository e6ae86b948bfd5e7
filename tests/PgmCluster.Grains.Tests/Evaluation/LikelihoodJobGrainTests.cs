using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Likelihood;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.Modeling.Likelihood;

namespace PgmCluster.Grains.Tests.Evaluation;

public class LikelihoodJobGrainTests
{
    private static readonly LikelihoodRequest Request = new() { Model = "model", Tokens = "held", ChunkSize = 3, Steps = 4, Seed = 4 };

    [Fact]
    public async Task Start_OneWorkerTwoAndAKilledSilo_GiveTheSameScore()
    {
        LikelihoodScore alone;
        await using (var cluster = await Start())
        {
            await cluster.Grains.GetGrain<ILikelihoodJobGrain>("bits").Start(Request);
            for (var unit = 0; unit < 4; unit++) Complete(await cluster.Work.Next());
            alone = await Score(cluster);
        }

        await using (var cluster = await Start(silos: 2))
        {
            var job = cluster.Grains.GetGrain<ILikelihoodJobGrain>("bits");
            await job.Start(Request);
            var (first, second) = (await cluster.Work.Next(), await cluster.Work.Next());
            Complete(second);
            Complete(await cluster.Work.Next());
            var last = await cluster.Work.Next();
            // The chunk that began first is lost with its silo, and done again.
            var chunk = first.Read<LikelihoodChunkWork>().First / 3;
            var worker = (await cluster.Scheduler.Find($"bits/chunk-{chunk:00000}"))!.Worker!;
            await cluster.Silos.KillSiloAsync(cluster.Silos.Silos.Single(s => worker.StartsWith(s.Name + "/", StringComparison.Ordinal)));
            Complete(last);
            var again = await cluster.Work.Next();
            Assert.Equal(first.Document, again.Document);
            Complete(again);

            var score = await Score(cluster);
            Assert.Equal(WorkJson.Write(alone), WorkJson.Write(score));
        }

        Assert.Equal((10, 49, 16, null), (alone.Images, alone.Tokens, alone.Codebook, alone.Remark));
        Assert.Equal(alone.BitsPerToken * 49, alone.BitsPerImage);
        var nats = Enumerable.Range(0, 10).Select(Nats).ToList();
        Assert.Equal(nats.Average() / (49 * Math.Log(2)), alone.BitsPerToken, 1e-12);
        Assert.Equal(Moments.Of(nats).StandardError!.Value / (49 * Math.Log(2)), alone.StandardError!.Value, 1e-12);
        Assert.Equal(("held", "validation", 10, "halton", (long?)null),
            (alone.Basis.Tokens, alone.Basis.Split, alone.Basis.SplitImages, alone.Basis.Order, alone.Basis.Seed));
        Assert.Equal([4, 45], alone.Basis.Counts);
    }

    [Fact]
    public async Task Start_ShardsThatChunksCutAcross_NamesThoseThatHoldTheChunkAndWhereTheyCameFrom()
    {
        await using var cluster = await Start(validationShardSize: 4);
        cluster.Work.Auto = Answer;

        var job = cluster.Grains.GetGrain<ILikelihoodJobGrain>("bits");
        await job.Start(Request);
        var score = await Score(cluster);

        var chunks = cluster.Work.Created.Where(i => i.Kind == WorkKinds.LikelihoodChunk).Select(i => i.Read<LikelihoodChunkWork>())
            .OrderBy(c => c.First).ToList();
        Assert.Equal(
            [(0, 0, 3, "0"), (3, 0, 3, "01"), (6, 4, 3, "12"), (9, 8, 1, "2")],
            chunks.Select(c => (c.First, c.FirstOfShards, c.Count, string.Concat(c.Shards.Select(s => s.Name[^13])))));
        Assert.All(chunks, c => Assert.Equal((10, 10, 4, 4L), (c.Sample.Of, c.Sample.Count, c.Steps, c.Seed)));
        var from = (await job.GetOrigin()).From;
        Assert.Equal([("model", "model"), ("tokens", "held"), ("tokenizer", "tok")], from.Select(s => (s.Role, s.Name)));
        Assert.Equal(score.Basis.TokensSha256, from[1].Sha256);
    }

    [Fact]
    public async Task Start_CancelledHalfWayAndStartedAgain_FinishedChunksAreNotRedone()
    {
        await using var cluster = await Start();
        var job = cluster.Grains.GetGrain<ILikelihoodJobGrain>("bits");
        await job.Start(Request);
        var first = await cluster.Work.Next();
        Complete(first);
        await GrainCluster.Until(job, e => e.Progress.Done > 0, "a finished chunk");
        await job.Cancel();
        cluster.Work.Auto = Answer;

        await job.Start(Request);

        await GrainCluster.ToRest(job, JobPhase.Completed);
        Assert.Single(cluster.Work.Created, i => i.Document == first.Document);
    }

    [Fact]
    public async Task Start_TokensThatTheRunWasTrainedOn_SaysThatTheyAreNotHeldOut()
    {
        await using var cluster = await Start();
        cluster.Work.Auto = Answer;
        await cluster.Grains.GetGrain<ILikelihoodJobGrain>("bits").Start(Request with { Tokens = "tokens", Split = "train", Images = 5 });

        var score = await Score(cluster);

        Assert.Equal((5, 20), (score.Images, score.Basis.SplitImages));
        Assert.Equal("run 'model' was trained on these images: this is no score of held-out ones", score.Remark);
    }

    [Fact]
    public async Task Start_TokensOfAnotherTokenizer_IsRefusedNamingBoth()
    {
        await using var cluster = await Start();
        cluster.Work.Auto = item => item.Kind == WorkKinds.Train
            ? WorkJson.Write(GrainCluster.TrainResult("other") with { Weights = new ArtifactInfo("runs/other/w", 8, new string('e', 64)) })
            : Answer(item);
        await cluster.Run("other").Start(GrainCluster.Request());
        await GrainCluster.ToRest(cluster.Run("other"), JobPhase.Completed);
        await Tokenize(cluster, "foreign", "other", 10);

        var e = await Refusal(cluster, Request with { Tokens = "foreign" });

        Assert.Equal(
            "Starting likelihood 'bits': tokens 'foreign' were made by tokenizer 'other' (weights eeeeeeeeeeee), run 'model' was "
            + "trained on codes of tokenizer 'tok' (weights 222222222222), where the same codes stand for other pictures. "
            + "Name tokens of 'tok'.", e);
    }

    [Fact]
    public async Task Start_WhatCannotBeDone_IsRefusedInOneLine()
    {
        await using var cluster = await Start();
        foreach (var (request, message) in new[]
        {
            (Request with { Tokens = "tokens" },
                "tokens 'tokens' have no split 'validation', only 'train'. Make them with 'pgm tokenize ID --dataset shoes --tokenizer tok "
                + "--split validation' and name that ID, or choose one that is there with --split."),
            (Request with { Images = 11 }, "11 images asked for, and split 'validation' of tokens 'held' has 10. Ask for at most 10"),
            (Request with { Order = "haltn" }, "the order is 'haltn'; allowed: halton, rolled, raster. The nearest is 'halton'"),
            (Request with { Curve = "arcos" }, "the curve is 'arcos'"),
            (Request with { Precision = "float8" }, "the precision is 'float8'"),
            (Request with { Steps = 0 }, "0 steps asked for. Give 1 or more"),
            (Request with { ChunkSize = 0 }, "the chunk size is 0. Give 1 or more"),
            (Request with { BatchSize = 0 }, "the batch size is 0. Give 1 or more"),
            (Request with { Model = "tok" }, "Run 'tok' is of kind tokenizer"),
        })
        {
            var e = await Refusal(cluster, request);
            Assert.Contains(message, e);
            Assert.DoesNotContain('\n', e);
        }
    }

    /// <summary>A cluster with a model, and tokens "held" of ten held-out images.</summary>
    private static async Task<GrainCluster> Start(int silos = 1, int validationShardSize = 20)
    {
        var cluster = await GrainCluster.Start(silos: silos);
        try
        {
            await cluster.MakeModel(validation: 10);
            cluster.Work.Auto = Answer;
            await Tokenize(cluster, "held", "tok", validationShardSize);
            cluster.Work.Auto = null;
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private static async Task Tokenize(GrainCluster cluster, string id, string tokenizer, int shardSize)
    {
        await cluster.Tokens(id).Start(
            new TokenizationRequest { Dataset = "shoes", Tokenizer = tokenizer, Split = "validation", ShardSize = shardSize });
        await GrainCluster.ToRest(cluster.Tokens(id), JobPhase.Completed);
    }

    private static async Task<LikelihoodScore> Score(GrainCluster cluster)
    {
        var job = cluster.Grains.GetGrain<ILikelihoodJobGrain>("bits");
        await GrainCluster.ToRest(job, JobPhase.Completed);
        return await job.GetScore();
    }

    private static async Task<string> Refusal(GrainCluster cluster, LikelihoodRequest request)
    {
        var job = cluster.Grains.GetGrain<ILikelihoodJobGrain>("bits");
        return (await Assert.ThrowsAsync<InvalidRequestException>(() => job.Start(request))).Message;
    }

    private static double Nats(int image) => 100 + Math.Sqrt(image + 1);

    private static string Answer(FakeItem item) => item.Kind == WorkKinds.LikelihoodChunk
        ? WorkJson.Write(Result(item))
        // Each set of tokens has bytes of its own.
        : WorkJson.Write(GrainCluster.ShardResult(item) with
        {
            File = new ArtifactInfo(item.Read<TokenizeShardWork>().Output, 100, new string('7', 64)),
        });

    private static void Complete(FakeItem item) => item.Complete(Result(item));

    private static LikelihoodChunkResult Result(FakeItem item)
    {
        var work = item.Read<LikelihoodChunkWork>();
        return new LikelihoodChunkResult(Moments.Of([.. Enumerable.Range(work.First, work.Count).Select(Nats)]), [4, 45]);
    }
}
