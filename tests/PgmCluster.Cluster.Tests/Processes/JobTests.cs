using System.Text.Json;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Images;
using PgmCluster.Faults;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;
using Xunit.Abstractions;

namespace PgmCluster.Cluster.Tests.Processes;

/// <summary>Jobs on real silo processes over PostgreSQL, undisturbed and disturbed: what they make is the same to the last bit.</summary>
[Collection(PostgresCollection.Name)]
public sealed class JobTests(PostgresFixture postgres, ClusterFixture fixture, ITestOutputHelper output) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task TrainingAndTokenization_ControlAndTwoDeviceSilos_Complete()
    {
        await fixture.EnsureAllRunAsync();

        var training = await fixture.UndisturbedTrainingAsync();
        var tokens = await fixture.UndisturbedTokensAsync();

        Assert.Equal(600, training.Steps);
        Assert.Equal(64, training.WeightsSha256.Length);
        Assert.True(
            File.Exists(Path.Combine(fixture.Cluster.Artifacts, training.Weights.Name)),
            "the weights are not in the shared artifact store");
        Assert.Equal((9, 9000), (tokens.Shards.Count, tokens.Images));
        output.WriteLine($"weights {training.WeightsSha256}, {tokens.CodesUsed} codes in use");
    }

    [Fact]
    public async Task Gateway_DeadOneFirst_TheCommandLineReachesTheCluster()
    {
        await fixture.EnsureAllRunAsync();
        var live = fixture.Cluster["control"].Gateway;

        var answer = await ChildProcess.RunAsync(
            [Dotnet.Program, "exec", LocalCluster.Program, "workers", "--json", "--gateway", $"127.0.0.1:1,{live.Host}:{live.Port}"]);
        using var alone = ChildProcess.Start([Dotnet.Program, "exec", LocalCluster.Program, "workers", "--gateway", "127.0.0.1:1"]);

        var workers = JsonSerializer.Deserialize<JsonElement>(answer).GetProperty("workers");
        Assert.Equal(["a/cpu:0", "b/cpu:0"], workers.EnumerateArray().Select(w => w.GetProperty("worker").GetString()).Order());
        Assert.Equal(1, await alone.WaitForExitAsync());
        Assert.Single(alone.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("127.0.0.1:1: Connection refused", alone.Error);
    }

    [Fact]
    public async Task Training_ItsSiloIsKilled_EndsWithTheSameBits()
    {
        await fixture.EnsureAllRunAsync();
        var expected = await fixture.UndisturbedTrainingAsync();
        var gate = fixture.Close("stepped", "killed", 200);
        var run = await StartTrainingAsync("killed");
        await IsReachedAsync(gate);

        var victim = await fixture.Grains.FindWorkerAsync("killed");
        await fixture.Cluster[victim].KillAsync();
        gate.Open();

        var status = await run.ToCompletionAsync();
        await AssertSameBitsAsync(expected, run);
        Assert.True(status.Generation >= 2, $"generation {status.Generation}: nobody took the run over");
        Assert.Equal(1, status.Attempt);
    }

    [Fact]
    public async Task Tokenization_ASiloIsKilled_EveryShardHasTheSameBytes()
    {
        await fixture.EnsureAllRunAsync();
        var expected = await fixture.UndisturbedTokensAsync();
        var job = fixture.Grains.GetGrain<ITokenizationJobGrain>("killed-tokens");
        var gate = fixture.Close("shard", "tokens/killed-tokens/shard-00004.safetensors");
        await job.Start(ClusterFixture.Tokens);
        await IsReachedAsync(gate);
        await job.UntilAsync("a shard is done", e => e.Progress.Done >= 1000);

        var victim = await fixture.Grains.FindWorkerAsync("killed-tokens");
        await fixture.Cluster[victim].KillAsync();
        gate.Open();

        await job.ToCompletionAsync();
        var result = await job.GetResult();
        Assert.Equal(
            expected.Shards.Select(s => (s.Index, s.Images, s.File.Sha256)), result.Shards.Select(s => (s.Index, s.Images, s.File.Sha256)));
    }

    [Fact]
    public async Task Tokenization_PausedInAShardAndResumed_EveryShardHasTheSameBytes()
    {
        await fixture.EnsureAllRunAsync();
        var expected = await fixture.UndisturbedTokensAsync();
        var job = fixture.Grains.GetGrain<ITokenizationJobGrain>("paused-tokens");
        var gate = fixture.Close("shard", "tokens/paused-tokens/shard-00004.safetensors");
        await job.Start(ClusterFixture.Tokens);
        await IsReachedAsync(gate);

        await job.Pause();
        gate.Open();
        await Until.Holds(
            "no device works for it", async () => await fixture.Grains.GetGrain<IDevicesGrain>("default").GetDevices(),
            all => all.All(d => d.Work?.StartsWith("paused-tokens", StringComparison.Ordinal) != true));
        Assert.Equal(JobPhase.Paused, (await job.GetStatus()).Phase);
        await job.Resume();

        Assert.Equal(2, (await job.ToCompletionAsync()).Attempt);
        Assert.Equal(
            expected.Shards.Select(s => (s.Index, s.Images, s.File.Sha256)),
            (await job.GetResult()).Shards.Select(s => (s.Index, s.Images, s.File.Sha256)));
    }

    [Fact]
    public async Task Tokenization_UndecodableImagesAndASiloIsKilled_TheSameTokensAndTheSameList()
    {
        await fixture.EnsureAllRunAsync();
        await fixture.UndisturbedTokensAsync();
        var source = Directory.CreateTempSubdirectory("pgm-bad-images-").FullName;
        try
        {
            WritePictures(source);
            await fixture.Grains.GetGrain<IDatasetGrain>("bad").Register(new DatasetRequest { Location = source });
            var request = new TokenizationRequest { Dataset = "bad", Tokenizer = "tok", ShardSize = 40, SkipBad = 6 };
            var calm = fixture.Grains.GetGrain<ITokenizationJobGrain>("bad-tokens");
            await calm.Start(request);
            await calm.ToCompletionAsync();
            var expected = await calm.GetResult();
            Assert.Equal((234, 6), (expected.Images, expected.Skipped!.Count));

            var job = fixture.Grains.GetGrain<ITokenizationJobGrain>("killed-bad-tokens");
            var gate = fixture.Close("shard", "tokens/killed-bad-tokens/shard-00003.safetensors");
            await job.Start(request);
            await IsReachedAsync(gate);
            var victim = await fixture.Grains.FindWorkerAsync("killed-bad-tokens");
            await fixture.Cluster[victim].KillAsync();
            gate.Open();
            await job.ToCompletionAsync();

            var result = await job.GetResult();
            Assert.Equal(expected.Shards.Select(s => (s.Images, s.File.Sha256)), result.Shards.Select(s => (s.Images, s.File.Sha256)));
            Assert.Equal(expected.Skipped.Select(s => (s.Shard, s.Key, s.Reason)), result.Skipped!.Select(s => (s.Shard, s.Key, s.Reason)));

            var strict = fixture.Grains.GetGrain<ITokenizationJobGrain>("strict-bad-tokens");
            await strict.Start(request with { SkipBad = 0 });
            await strict.UntilAsync("it fails", e => e.Phase == JobPhase.Failed);
            Assert.Contains("--bad-images skip:N", (await strict.GetStatus()).Message);
        }
        finally
        {
            Directory.Delete(source, recursive: true);
        }
    }

    [Fact]
    public async Task Training_DatabaseStopsForSomeSeconds_EndsWithTheSameBitsAndNoSiloIsDeclaredDead()
    {
        await fixture.EnsureAllRunAsync();
        var expected = await fixture.UndisturbedTrainingAsync();
        var deadBefore = await CountDeadAsync();
        var gate = fixture.Close("stepped", "outage", 150);
        var run = await StartTrainingAsync("outage");
        await IsReachedAsync(gate);

        var saidBefore = fixture.Cluster.Silos.ToDictionary(s => s.Name, TimesMissed);
        await postgres.Server.StopAsync();
        try
        {
            gate.Open();
            // Each reads the table of silos every few seconds, and says that it could not.
            await Until.Holds(
                "every silo misses the server", () =>
                    Task.FromResult(
                        string.Join(", ", fixture.Cluster.Silos.Where(s => TimesMissed(s) <= saidBefore[s.Name]).Select(s => s.Name))),
                unaware => unaware == "");
        }
        finally
        {
            // The other tests of the collection have the same server.
            await postgres.Server.StartAsync();
        }

        var status = await run.ToCompletionAsync();
        await AssertSameBitsAsync(expected, run);
        Assert.Equal(1, status.Attempt);
        Assert.Equal(deadBefore, await CountDeadAsync());
        Assert.All(fixture.Cluster.Silos, silo => Assert.True(silo.IsRunning, silo.ToString()));
    }

    [Fact]
    public async Task Training_WholeClusterIsKilledAndStartedAgain_GoesOnByItselfToTheSameBits()
    {
        await fixture.EnsureAllRunAsync();
        var expected = await fixture.UndisturbedTrainingAsync();
        var gate = fixture.Close("stepped", "cold", 300);
        var run = await StartTrainingAsync("cold");
        await IsReachedAsync(gate);
        await Until.Holds("the run has a checkpoint", run.GetDetails, details => details.DurableStep > 0);

        await fixture.Cluster.KillAllAsync();
        gate.Open();
        await fixture.EnsureAllRunAsync();

        // Another client: the one before was connected to a silo that is gone.
        run = fixture.Grains.GetGrain<ITrainingRunGrain>("cold");
        var status = await run.ToCompletionAsync();
        await AssertSameBitsAsync(expected, run);
        Assert.True(status.Generation >= 2, $"generation {status.Generation}: the run did not begin again");
    }

    private async Task<ITrainingRunGrain> StartTrainingAsync(string id)
    {
        var run = fixture.Grains.GetGrain<ITrainingRunGrain>(id);
        await run.Start(ClusterFixture.Training);
        return run;
    }

    private static Task IsReachedAsync(Gate gate) =>
        Until.Holds($"a device stands at {gate}", () => gate.IsReached);

    /// <summary>In words of this program's, or of the driver's where Orleans asked.</summary>
    private static int TimesMissed(SiloProcess silo) =>
        silo.ReadLog() is var log ? log.Split("the server does not answer").Length + log.Split("Failed to connect").Length : 0;

    private static async Task AssertSameBitsAsync(TrainingResult expected, ITrainingRunGrain run)
    {
        var result = (await run.GetDetails()).Result!;
        Assert.Equal(
            (expected.WeightsSha256, expected.OptimizerSha256, expected.Steps, expected.FinalLoss),
            (result.WeightsSha256, result.OptimizerSha256, result.Steps, result.FinalLoss));
    }

    private async Task<long> CountDeadAsync() =>
        (long)(await postgres.Server.ExecuteAsync(fixture.Database, "SELECT count(*) FROM PgmMember WHERE Status = 6"))!;

    /// <summary>240 pictures of two classes, of which every fortieth cannot be decoded.</summary>
    private static void WritePictures(string directory)
    {
        var picture = new RgbImage(28, 28);
        for (var i = 0; i < 240; i++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(directory, $"{i % 2}")).FullName;
            for (var p = 0; p < picture.Pixels.Length; p++) picture.Pixels[p] = (byte)((i * 31) ^ (p * (i + 1)));
            if (i % 40 == 7) File.WriteAllBytes(Path.Combine(folder, $"{i:000}.webp"), BrokenPictures.Webp(i));
            else File.WriteAllBytes(Path.Combine(folder, $"{i:000}.png"), PngWriter.Encode(picture));
        }
    }
}
