using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Sampling;

public class SamplingJobGrainTests : IAsyncLifetime
{
    private GrainCluster _cluster = null!;

    // Two devices, so that the second chunk can end before the first.
    public async Task InitializeAsync() => _cluster = await GrainCluster.Start("cpu:0,cpu:1");

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Start_ChunksEndInReverse_GridHasTheImagesInOrder()
    {
        await _cluster.MakeModel();
        var job = _cluster.Samples("faces");
        await job.Start(new SamplingRequest { Model = "model", Classes = [2, 0], ImagesPerClass = 60, Seed = 5 });

        var chunks = new[] { await _cluster.Work.Next(), await _cluster.Work.Next() }.OrderBy(i => i.Read<SampleChunkWork>().FirstIndex)
            .ToList();
        var (first, second) = (chunks[0].Read<SampleChunkWork>(), chunks[1].Read<SampleChunkWork>());
        Assert.Equal((0, 100, 100, 20), (first.FirstIndex, first.Labels.Count, second.FirstIndex, second.Labels.Count));
        Assert.Equal(Enumerable.Repeat(2, 60).Concat(Enumerable.Repeat(0, 60)), first.Labels.Concat(second.Labels));
        Assert.Equal((ChunkSeeds.Derive(5, 0), ChunkSeeds.Derive(5, 1)), (first.Seed, second.Seed));
        Assert.Equal(
            ("runs/model/weights.safetensors", "runs/tok/weights.safetensors", "samples/faces/"),
            (first.Model.Name, first.Tokenizer.Name, first.OutputPrefix));

        chunks[1].Complete(Images(second));
        await GrainCluster.Until(job, e => e.Progress.Done >= 20, "20 images");
        chunks[0].Complete(Images(first));
        var compose = await _cluster.Work.Next();
        var grid = compose.Read<ComposeGridWork>();
        Assert.Equal(Enumerable.Range(0, 120).Select(i => $"samples/faces/{i}.png"), grid.Images.Select(i => i.Name));
        Assert.Equal((60, "samples/faces/grid.png"), (grid.Columns, grid.Output));
        Assert.Equal(["dress", "boot"], grid.RowLabels);
        compose.Complete(new ArtifactInfo(grid.Output, 3, new string('7', 64)));

        await GrainCluster.ToRest(job, JobPhase.Completed);
        var result = await job.GetResult();
        Assert.Equal(
            ("samples/faces/grid.png", 120, "samples/faces/119.png"), (result.Grid.Name, result.Images.Count, result.Images[^1].Name));
    }

    [Fact]
    public async Task Start_ClassThatWasNeverTrained_SaysSoAndIsLeftOutOfAll()
    {
        // "fake:2" has pictures of the first two of three classes.
        await _cluster.MakeModel(images: 2, validation: 0);
        var (named, all) = (_cluster.Samples("named"), _cluster.Samples("all"));
        await named.Start(new SamplingRequest { Model = "model", Classes = [0, 2], ImagesPerClass = 1 });
        await all.Start(new SamplingRequest { Model = "model", ImagesPerClass = 1 });

        Assert.Contains("never trained, so that what is drawn means nothing: 'dress'", (await named.GetStatus()).Summary);
        Assert.Equal("2 images of 2 classes from model", (await all.GetStatus()).Summary);
    }

    [Fact]
    public async Task Start_OneChunkFails_JobFailsAndTheOtherChunkStops()
    {
        await _cluster.MakeModel();
        var job = _cluster.Samples("faces");
        await job.Start(new SamplingRequest { Model = "model", ImagesPerClass = 50 });
        var (a, b) = (await _cluster.Work.Next(), await _cluster.Work.Next());
        for (var time = 1; time <= 3; time++)
        {
            a.Fail(new InvalidOperationException("CUDA error\nat somewhere"));
            if (time < 3) a = await _cluster.Work.Next();
        }
        Assert.StartsWith("CUDA error. It failed at the same place 3 times on ", (await GrainCluster.ToRest(job, JobPhase.Failed)).Message);
        await b.Interrupted.InTime();
    }

    [Fact]
    public async Task Start_BadRequests_AreRefused()
    {
        await _cluster.MakeModel();
        var job = _cluster.Samples("bad");
        async Task<string> Refused(SamplingRequest request) =>
            (await Assert.ThrowsAsync<InvalidRequestException>(() => job.Start(request))).Message;
        var good = new SamplingRequest { Model = "model" };
        Assert.Contains("no class 3", await Refused(good with { Classes = [3] }));
        Assert.Contains("a run of kind pgm or pgm-once or maskgit is needed", await Refused(good with { Model = "tok" }));
        Assert.Contains("no training job 'nobody'", await Refused(good with { Model = "nobody" }));
        Assert.Contains("guidance schedule", await Refused(good with { Settings = new SamplingSettings { GuidanceSchedule = "cubic" } }));
        Assert.Contains("float32, bfloat16", await Refused(good with { Settings = new SamplingSettings { Precision = "half" } }));
        Assert.Contains("images per class", await Refused(good with { ImagesPerClass = 0 }));
    }

    [Fact]
    public async Task Start_ClassThatTheModelDoesNotKnow_IsRefused()
    {
        await _cluster.MakeModel(sizes: new Dictionary<string, string> { ["model"] = "model.classes=2" });

        var e = await Assert.ThrowsAsync<InvalidRequestException>(
            () => _cluster.Samples("faces").Start(new SamplingRequest { Model = "model" }));
        await _cluster.Samples("known").Start(new SamplingRequest { Model = "model", Classes = [0, 1] });

        Assert.Contains("Run 'model' knows 2 classes, and class 2 of dataset 'shoes'", e.Message);
    }

    [Fact]
    public async Task Start_DatasetHasAnotherVersionOrIsGone_DrawsTheClassesThatTheModelWasMadeFrom()
    {
        var source = Path.Combine(_cluster.Root, "animals");
        WriteLabelled(source, "cat\ndog\n", [0, 1, 0, 1]);
        await _cluster.MakeModel(validation: 0, location: source);
        // A folder before the others: what was 0 is 1 by now.
        WriteLabelled(source, "ant\ncat\ndog\n", [1, 2, 1, 2, 0]);
        var second = await _cluster.Register(validation: 0, location: source);
        Assert.Equal(2, second.Version);
        Assert.Equal(["ant", "cat", "dog"], second.ClassNames);

        Assert.Equal(["cat", "dog"], (await _cluster.Tokens("tokens").GetDataset()).ClassNames);
        Assert.Equal(["cat", "dog"], await Rows("second"));
        var refusal = await Assert.ThrowsAsync<InvalidRequestException>(
            () => _cluster.Samples("ant").Start(new SamplingRequest { Model = "model", Classes = [2] }));
        Assert.Contains("Its classes are 0 to 1.", refusal.Message);
        var more = await _cluster.Run("more").Resolve(new TrainingRequest { Preset = "pgm-x", Tokens = "tokens" });
        Assert.Contains("\"classes\":2,", more.Specification);

        await _cluster.Grains.GetGrain<IDatasetGrain>("shoes").Remove();
        Assert.Equal(["cat", "dog"], await Rows("gone"));
    }

    [Fact]
    public async Task GetDataset_SameImagesAreAtAnotherPlace_IsThatPlace()
    {
        var (source, copy) = (Path.Combine(_cluster.Root, "animals"), Path.Combine(_cluster.Root, "copy"));
        WriteLabelled(source, "cat\ndog\n", [0, 1, 0, 1]);
        await _cluster.MakeModel(validation: 0, location: source);
        WriteLabelled(copy, "cat\ndog\n", [0, 1, 0, 1]);
        await _cluster.Register(validation: 0, location: copy);

        Assert.Equal(copy, (await _cluster.Tokens("tokens").GetDataset()).Location);
    }

    /// <summary>The rows of a grid of all classes.</summary>
    private async Task<IReadOnlyList<string>> Rows(string id)
    {
        await _cluster.Samples(id).Start(new SamplingRequest { Model = "model", ImagesPerClass = 1 });
        var chunk = await _cluster.Work.Next();
        chunk.Complete(Images(chunk.Read<SampleChunkWork>()));
        var grid = await _cluster.Work.Next();
        var rows = grid.Read<ComposeGridWork>().RowLabels;
        grid.Complete(new ArtifactInfo("grid.png", 3, new string('7', 64)));
        await GrainCluster.ToRest(_cluster.Samples(id), JobPhase.Completed);
        return rows;
    }

    /// <summary>A pair of IDX files of one pixel an image, with names for the labels.</summary>
    private static void WriteLabelled(string directory, string names, byte[] labels)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "classes.txt"), names);
        var count = (byte)labels.Length;
        File.WriteAllBytes(
            Path.Combine(directory, "all-images-idx3-ubyte"),
            [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 1, 0, 0, 0, 1, .. Enumerable.Range(0, count).Select(i => (byte)i)]);
        File.WriteAllBytes(Path.Combine(directory, "all-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, count, .. labels]);
    }

    private static SampleChunkResult Images(SampleChunkWork work) => new()
    {
        Images = [.. Enumerable.Range(work.FirstIndex,
            work.Labels.Count).Select(i => new ArtifactInfo($"{work.OutputPrefix}{i}.png", 3, new string('6', 64)))],
    };
}
