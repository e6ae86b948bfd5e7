using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tests.Evaluation;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Work;

/// <summary>What jobs other than training give waits for space, too, and only for what may pass.</summary>
public sealed class ResultsOnAFullDiskTests(StandInModels models) : IClassFixture<StandInModels>
{
    public static TheoryData<string> Kinds => new(
        WorkKinds.TokenizeShard, WorkKinds.SampleChunk, WorkKinds.ComposeGrid, WorkKinds.EvaluateChunk, WorkKinds.MergeStatistics);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_DiskIsFullAtItsResult_WaitsAndGivesTheSame(string kind)
    {
        var document = Document(kind);
        var undisturbed = new WorkItemFactory().Create(kind, document).Run(models.Runs.Context());
        var refusals = 1;
        var store = new RefusingStore(models.Runs.Store, name => IsResult(name) && refusals-- > 0 ? RefusingStore.Full : null);
        var waits = new List<string?>();
        var judged = new List<bool>();

        var result = new WorkItemFactory().Create(kind, document).Run(Context(store, waits.Add, judged.Add));

        Assert.Equal(undisturbed, result);
        Assert.Equal(2, waits.Count);
        Assert.StartsWith("Writing full-disk/", waits[0]);
        Assert.Contains("the disk is full", waits[0]);
        Assert.Null(waits[1]);
        // The first two are the start's.
        Assert.Equal([false, true], judged[2..]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_WhatStandsInTheWayStays_EndsWithTheErrorAtOnce(string kind)
    {
        var place = models.Runs.FileOf("in-the-way");
        File.WriteAllText(place, "");
        var waits = new List<string?>();
        var item = new WorkItemFactory().Create(kind, Document(kind).Replace("full-disk/", "in-the-way/", StringComparison.Ordinal));

        var e = Assert.ThrowsAny<IOException>(() => item.Run(Context(models.Runs.Store, waits.Add, _ => { })));

        Assert.Contains(place, e.Message);
        Assert.Empty(waits);
    }

    [Fact]
    public void Run_AskedToEndWhileItsResultWaits_Ends()
    {
        using var stop = new CancellationTokenSource();
        var store = new RefusingStore(models.Runs.Store, name => IsResult(name) ? RefusingStore.Full : null);
        var context = new WorkContext
        {
            Generation = 1,
            Device = models.Runs.Context().Device,
            Artifacts = store,
            Stopped = stop.Token,
            Warn = _ => stop.Cancel(),
        };
        var item = new WorkItemFactory().Create(WorkKinds.SampleChunk, Document(WorkKinds.SampleChunk));

        Assert.Throws<WorkInterruptedException>(() => item.Run(context));
    }

    private static bool IsResult(string name) => name.StartsWith("full-disk/", StringComparison.Ordinal);

    private static WorkContext Context(IArtifactStore store, Action<string?> waits, Action<bool> judge) =>
        new() { Generation = 1, Device = Execution.Devices.ComputeDevice.Cpu(), Artifacts = store, Waits = waits, Judge = judge };

    private string Document(string kind)
    {
        var settings = new SamplerSettings { Steps = 2, BatchSize = 4, Threads = 1 };
        return kind switch
        {
            WorkKinds.TokenizeShard => WorkJson.Write(new TokenizeShardWork
            {
                Output = "full-disk/tokens.safetensors",
                Images = TestRuns.Images(0, 4),
                Tokenizer = models.Tokenizer,
                BatchSize = 4,
                Threads = 1,
            }),
            WorkKinds.SampleChunk => WorkJson.Write(new SampleChunkWork
            {
                OutputPrefix = "full-disk/sample-",
                FirstIndex = 0,
                Model = models.Model,
                Tokenizer = models.Tokenizer,
                Labels = [1, 2],
                Seed = 3,
                Settings = settings,
            }),
            WorkKinds.ComposeGrid => WorkJson.Write(
                new ComposeGridWork { Output = "full-disk/grid.png", Images = [Picture()], Columns = 1 }),
            WorkKinds.EvaluateChunk => WorkJson.Write(new EvaluateChunkWork
            {
                Output = "full-disk/features.safetensors",
                Subject = EvaluationSubject.Real,
                Inception = models.Inception,
                ImageSize = 28,
                Images = TestRuns.Images(0, 2),
                Settings = settings,
            }),
            _ => WorkJson.Write(
                new MergeStatisticsWork { Output = "full-disk/statistics.safetensors", Chunks = [Features()], Threads = 1 }),
        };
    }

    private ArtifactInfo Picture() => models.Runs.Store.Write(
        "picture.png", stream => stream.Write(Data.Images.PngWriter.Encode(new Data.Images.RgbImage(2, 2, new byte[12]))));

    private ArtifactInfo Features()
    {
        var file = new FeatureFile();
        file.Add(new ScoredBatch([1, 2, 3, 4, 5, 7], [], [0, 0, 0], new double[3], []));
        return file.Write(models.Runs.Store, "features.safetensors");
    }
}
