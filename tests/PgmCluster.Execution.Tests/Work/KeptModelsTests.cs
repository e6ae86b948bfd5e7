using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tests.Evaluation;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;

namespace PgmCluster.Execution.Tests.Work;

/// <summary>The chunks of a job load their models once, and give what they give with models of their own.</summary>
public sealed class KeptModelsTests(StandInModels models) : IClassFixture<StandInModels>
{
    private static readonly SamplerSettings Settings = new() { Steps = 2, BatchSize = 4, Threads = 1 };

    [Fact]
    public async Task Run_ChunksOfJobs_LoadEachModelOnceAndGiveTheSame()
    {
        using var device = new DeviceThread(ComputeDevice.Cpu());
        (string Kind, string Document)[] items =
            [.. Enumerable.Range(0, 3).SelectMany(chunk => new[] { Sample(chunk), Evaluation(chunk), Shard(chunk) })];

        foreach (var (kind, document) in items)
        {
            var alone = new WorkItemFactory().Create(kind, document).Run(models.Runs.Context());
            Assert.Equal(alone, await device.Run(new WorkItemFactory().Create(kind, document), models.Runs.Context()));
        }

        // Generative model, tokenizer, Inception.
        Assert.Equal((3, 3), (device.Models.Loads, device.Models.Count));
    }

    [Fact]
    public async Task Run_WeightsChangedBetweenChunks_RefusesThemAlthoughTheyAreKept()
    {
        using var device = new DeviceThread(ComputeDevice.Cpu());
        var path = models.Runs.FileOf(models.Model.Name);
        var bytes = File.ReadAllBytes(path);
        await Run(device, Sample(0));
        try
        {
            File.WriteAllBytes(path, [.. bytes[..^1], (byte)(bytes[^1] ^ 1)]);
            var e = await Assert.ThrowsAsync<DataCorruptException>(() => Run(device, Sample(1)));
            Assert.Contains(models.Model.Name, e.Message);
            // After a failure nothing is trusted that was loaded before it.
            Assert.Equal(0, device.Models.Count);
        }
        finally
        {
            File.WriteAllBytes(path, bytes);
        }
        await Run(device, Sample(1));
    }

    [Fact]
    public async Task Run_ATraining_HasTheMemoryOfWhatWasKept()
    {
        using var device = new DeviceThread(ComputeDevice.Cpu());
        await Run(device, Sample(0));
        Assert.Equal(2, device.Models.Count);

        await Run(device, (WorkKinds.Train, WorkJson.Write(TestRuns.Work("classifier", 1, run: "after-samples"))));

        Assert.Equal(0, device.Models.Count);
    }

    [Fact]
    public async Task Run_NothingMoreComes_LetsGoOfWhatIsKept()
    {
        using var device = new DeviceThread(ComputeDevice.Cpu(), keepFor: TimeSpan.FromMilliseconds(1));
        var emptied = new TaskCompletionSource();
        device.Models.Emptied += () => emptied.TrySetResult();

        await Run(device, Sample(0));

        await emptied.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await Run(device, Sample(1));
    }

    [Fact]
    public void Borrow_NoRoomForAll_LetsGoOfTheOneThatWasNotUsedForLongest()
    {
        var context = models.Runs.Context();
        ArtifactInfo[] files = [.. Enumerable.Range(0, 3).Select(i =>
            models.Runs.Store.Write($"kept/{i}", stream => stream.Write(new byte[100 + i])))];
        var kept = new KeptModels(limit: 250);
        LinearLayer Use(int i)
        {
            using var borrowed = kept.Borrow(context, "layer", files[i], _ => new LinearLayer(2, 2), m => m);
            return borrowed.Value;
        }
        var (first, second) = (Use(0), Use(1));

        Assert.Same(first, Use(0));
        Use(2);

        Assert.Same(first, Use(0));
        Assert.NotSame(second, Use(1));
        Assert.Equal((4, 2), (kept.Loads, kept.Count));
    }

    [Fact]
    public void Borrow_MoreThanIsKept_LastsUntilItIsGivenBack()
    {
        var file = models.Runs.Store.Write("kept/large", stream => stream.Write(new byte[100]));
        var kept = new KeptModels(limit: 99);

        using (var borrowed = kept.Borrow(models.Runs.Context(), "layer", file, _ => new LinearLayer(2, 2), m => m))
        {
            kept.Clear();
            Assert.Equal(4, borrowed.Value.W.numel());
        }

        Assert.Equal(0, kept.Count);
    }

    private Task<string> Run(DeviceThread device, (string Kind, string Document) work) =>
        device.Run(new WorkItemFactory().Create(work.Kind, work.Document), models.Runs.Context());

    private (string, string) Sample(int chunk) => (WorkKinds.SampleChunk, WorkJson.Write(new SampleChunkWork
    {
        OutputPrefix = $"kept/{chunk}-",
        FirstIndex = 0,
        Model = models.Model,
        Tokenizer = models.Tokenizer,
        Labels = [1, 2],
        Seed = chunk,
        Settings = Settings,
    }));

    private (string, string) Evaluation(int chunk) => (WorkKinds.EvaluateChunk, WorkJson.Write(new EvaluateChunkWork
    {
        Output = $"kept/features-{chunk}.safetensors",
        Subject = EvaluationSubject.Generated,
        Inception = models.Inception,
        Model = models.Model,
        Tokenizer = models.Tokenizer,
        Labels = [3, 4],
        Seed = chunk,
        Settings = Settings,
    }));

    private (string, string) Shard(int chunk) => (WorkKinds.TokenizeShard, WorkJson.Write(new TokenizeShardWork
    {
        Output = $"kept/tokens-{chunk}.safetensors",
        Images = TestRuns.Images(4 * chunk, 4),
        Tokenizer = models.Tokenizer,
        BatchSize = 4,
        Threads = 1,
    }));
}
