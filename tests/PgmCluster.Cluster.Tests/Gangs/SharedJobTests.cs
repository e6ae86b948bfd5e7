using System.Globalization;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Work;

namespace PgmCluster.Cluster.Tests.Gangs;

/// <summary>Jobs of many parts give the same, whichever workers did them and whoever died.</summary>
[Collection(PostgresCollection.Name)]
public class SharedJobTests(GangFixture fixture) : IClassFixture<GangFixture>
{
    [Fact]
    public async Task Evaluation_OnOneTwoAndThreeWorkers_GivesTheSameScores()
    {
        await fixture.BeginAsync();
        await TrainAsync("tok", new TrainingRequest { Preset = "tokenizer-smoke", Dataset = "fashion" });
        await TrainAsync("classifier", new TrainingRequest { Preset = "classifier-smoke", Dataset = "fashion" });
        await TokenizeAsync("tokens", 1000);
        await TrainAsync("model", new TrainingRequest { Preset = "pgm-smoke", Tokens = "tokens" });

        var scores = new List<string>();
        foreach (var without in new[] { new[] { "b", "c" }, ["c"], ["b"] })
        {
            await fixture.BeginAsync(without);
            var job = fixture.Grains.GetGrain<IEvaluationJobGrain>($"scores-{scores.Count}");
            await job.Start(new EvaluationRequest { Model = "model", Classifier = "classifier", Images = 200, ChunkSize = 50, Settings = new SamplingSettings { Steps = 8, Guidance = 1 } });
            await job.ToCompletionAsync();
            scores.Add(WorkJson.Write(await job.GetScores()));
        }
        Assert.Single(scores.Distinct());
    }

    /// <remarks>Two kills; PGM_KILLS=8 makes as many, and smaller batches, so that there is time for them.</remarks>
    [Fact]
    public async Task Tokenization_FortyShardsAndKills_EveryShardOnceWithTheSameBytes()
    {
        var kills = int.TryParse(Environment.GetEnvironmentVariable("PGM_KILLS"), CultureInfo.InvariantCulture, out var wanted) ? wanted : 2;
        var batch = kills > 2 ? 1 : 25;
        await fixture.BeginAsync();
        await TrainAsync("tok40", new TrainingRequest { Preset = "tokenizer-fashion", Dataset = "fashion", Set = new Dictionary<string, string> { ["training.steps"] = "5" } });
        var expected = await TokenizeAsync("quiet", 225, "tok40", batch);
        Assert.Equal(40, expected.Shards.Count);

        var job = fixture.Grains.GetGrain<ITokenizationJobGrain>("killed");
        await job.Start(Request(225, "tok40", batch));
        for (var kill = 0; kill < kills; kill++)
        {
            var due = 9000 * (kill + 1) / (2 * kills);
            await job.UntilAsync($"{due} images are tokenized", e => e.Progress.Done >= due);
            await fixture.Cluster[kill % 2 == 0 ? "a" : "b"].KillAsync();
            await fixture.StartMissingAsync();
        }
        await job.ToCompletionAsync();
        var result = await job.GetResult();
        Assert.Equal(expected.Shards.Select(s => (s.Index, s.Images, s.File.Sha256)), result.Shards.Select(s => (s.Index, s.Images, s.File.Sha256)));
    }

    private static TokenizationRequest Request(int shardSize, string tokenizer, int batch) =>
        new() { Dataset = "fashion", Tokenizer = tokenizer, ShardSize = shardSize, BatchSize = batch };

    private async Task TrainAsync(string id, TrainingRequest request)
    {
        var run = fixture.Grains.GetGrain<ITrainingRunGrain>(id);
        await run.Start(request);
        await run.ToCompletionAsync();
    }

    private async Task<TokenizationResult> TokenizeAsync(string id, int shardSize, string tokenizer = "tok", int batch = 25)
    {
        var job = fixture.Grains.GetGrain<ITokenizationJobGrain>(id);
        await job.Start(Request(shardSize, tokenizer, batch));
        await job.ToCompletionAsync();
        return await job.GetResult();
    }
}
