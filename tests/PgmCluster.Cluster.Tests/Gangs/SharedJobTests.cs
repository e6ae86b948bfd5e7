using System.Globalization;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Faults;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Gangs;

/// <summary>Jobs of many parts give the same, whichever workers did them and whoever died.</summary>
[Collection(PostgresCollection.Name)]
public class SharedJobTests(GangFixture fixture) : IClassFixture<GangFixture>
{
    [Fact]
    public async Task EvaluationAndLikelihood_OnOneTwoAndThreeWorkers_GiveTheSameScores()
    {
        await fixture.BeginAsync();
        await TrainAsync("tok", new TrainingRequest { Preset = "tokenizer-smoke", Dataset = "fashion" });
        await TrainAsync("classifier", new TrainingRequest { Preset = "classifier-smoke", Dataset = "fashion" });
        await TokenizeAsync("tokens", 1000);
        var model = await TrainAsync("model", new TrainingRequest { Preset = "pgm-smoke", Tokens = "tokens" });

        await TokenizeAsync(Request(250, "tok") with { Split = "validation" }, "held");
        var scores = new List<string>();
        foreach (var without in new[] { new[] { "b", "c" }, ["c"], ["b"] })
        {
            await fixture.BeginAsync(without);
            // With two workers each stands at a chunk of one of the jobs: neither ends before both are held back.
            Gate[] gates = scores.Count == 1
                ? [fixture.Close("chunk", "evaluations/scores-1/generated-00003.safetensors"), fixture.Close("likelihood", model, 90)]
                : [];
            var job = fixture.Grains.GetGrain<IEvaluationJobGrain>($"scores-{scores.Count}");
            await job.Start(
                new EvaluationRequest
                {
                    Model = "model",
                    Classifier = "classifier",
                    Images = 200,
                    ChunkSize = 50,
                    Settings = new SamplingSettings { Steps = 8, Guidance = 1 }
                });
            var likelihood = fixture.Grains.GetGrain<ILikelihoodJobGrain>($"bits-{scores.Count}");
            await likelihood.Start(
                new LikelihoodRequest { Model = "model", Tokens = "held", Images = 200, ChunkSize = 30, BatchSize = 10, Steps = 4 });
            foreach (var gate in gates) await Until.Holds($"a device stands at {gate}", () => gate.IsReached);
            if (gates.Length > 0)
            {
                // Once both are held back in the middle: they score the same.
                Assert.Equal(JobPhase.Paused, (await job.Pause()).Phase);
                Assert.Equal(JobPhase.Paused, (await likelihood.Pause()).Phase);
                foreach (var gate in gates) gate.Open();
                await job.Resume();
                await likelihood.Resume();
            }
            await job.ToCompletionAsync();
            await likelihood.ToCompletionAsync();
            scores.Add(WorkJson.Write(await job.GetScores()) + WorkJson.Write(await likelihood.GetScore()));
        }
        Assert.Single(scores.Distinct());
    }

    /// <remarks>
    /// Two kills; PGM_KILLS=8 makes as many. For each a shard of its own stands at its beginning, so that the job is not over before.
    /// </remarks>
    [Fact]
    public async Task Tokenization_FortyShardsAndKills_EveryShardOnceWithTheSameBytes()
    {
        var kills = int.TryParse(Environment.GetEnvironmentVariable("PGM_KILLS"), CultureInfo.InvariantCulture, out var wanted)
            ? wanted
            : 2;
        await fixture.BeginAsync();
        await TrainAsync(
            "tok40",
            new TrainingRequest
            {
                Preset = "tokenizer-fashion",
                Dataset = "fashion",
                Set = new Dictionary<string, string> { ["training.steps"] = "5" }
            });
        var expected = await TokenizeAsync("quiet", 225, "tok40");
        Assert.Equal(40, expected.Shards.Count);

        var gates = Enumerable.Range(1, kills).Select(
            kill => fixture.Close("shard", $"tokens/killed/shard-{40 * kill / (2 * kills):00000}.safetensors")).ToArray();
        var job = fixture.Grains.GetGrain<ITokenizationJobGrain>("killed");
        await job.Start(Request(225, "tok40"));
        for (var kill = 0; kill < kills; kill++)
        {
            await Until.Holds($"a device stands at {gates[kill]}", () => gates[kill].IsReached);
            await fixture.Cluster[kill % 2 == 0 ? "a" : "b"].KillAsync();
            gates[kill].Open();
            await fixture.StartMissingAsync();
        }
        await job.ToCompletionAsync();
        var result = await job.GetResult();
        Assert.Equal(
            expected.Shards.Select(s => (s.Index, s.Images, s.File.Sha256)), result.Shards.Select(s => (s.Index, s.Images, s.File.Sha256)));
    }

    private static TokenizationRequest Request(int shardSize, string tokenizer) =>
        new() { Dataset = "fashion", Tokenizer = tokenizer, ShardSize = shardSize, BatchSize = 25 };

    /// <returns>The name of the weights.</returns>
    private async Task<string> TrainAsync(string id, TrainingRequest request)
    {
        var run = fixture.Grains.GetGrain<ITrainingRunGrain>(id);
        await run.Start(request);
        await run.ToCompletionAsync();
        return (await run.GetDetails()).Result!.Weights.Name;
    }

    private Task<TokenizationResult> TokenizeAsync(string id, int shardSize, string tokenizer = "tok") =>
        TokenizeAsync(Request(shardSize, tokenizer), id);

    private async Task<TokenizationResult> TokenizeAsync(TokenizationRequest request, string id)
    {
        var job = fixture.Grains.GetGrain<ITokenizationJobGrain>(id);
        await job.Start(request);
        await job.ToCompletionAsync();
        return await job.GetResult();
    }
}
