using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.Modeling.Metrics;
using PgmCluster.TestSupport;

namespace PgmCluster.Grains.Tests.Evaluation;

public class EvaluationJobGrainTests : IAsyncLifetime
{
    private static readonly EvaluationRequest Request = new() { Model = "model", Classifier = "cls", Images = 5, ChunkSize = 3, Seed = 4 };
    private GrainCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await GrainCluster.Start("cpu:0,cpu:1");

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Start_ChunksEndOutOfOrder_MergeIsInIndexOrderAndScoresAreMapped()
    {
        await _cluster.MakeModel(images: 2106, validation: 6);
        var job = _cluster.Evaluation("eval");
        await job.Start(Request);

        var held = await _cluster.Work.Next();
        var chunks = new List<EvaluateChunkWork> { held.Read<EvaluateChunkWork>() };
        FakeItem item;
        while ((item = await _cluster.Work.Next()).Kind == held.Kind)
        {
            var work = item.Read<EvaluateChunkWork>();
            chunks.Add(work);
            item.Complete(Result(work));
            // The chunk that began first ends last.
            if (chunks.Count == 8) held.Complete(Result(chunks[0]));
        }

        var merge = item.Read<MergeEvaluationWork>();
        Assert.Equal(
            ["evaluations/eval/reference-00000.safetensors", "evaluations/eval/reference-00001.safetensors"],
            merge.Reference.Select(r => r.Name));
        Assert.Equal(
            ["evaluations/eval/generated-00000.safetensors", "evaluations/eval/generated-00001.safetensors"],
            merge.Generated.Select(r => r.Name));
        Assert.Equal((2, 2), (merge.Real.Count, merge.Reconstructed.Count));
        var reference = chunks.Where(c => c.Subject == EvaluationSubject.Reference).Select(c => (c.Images!.Start, c.Images.Count)).Order();
        Assert.Equal([(0, 2000), (2000, 100)], reference);
        var real = chunks.Where(c => c.Subject == EvaluationSubject.Real).Select(c => (c.Images!.Start, c.Images.Count)).Order();
        Assert.Equal([(2100, 3), (2103, 2)], real);
        var generated = chunks.Where(c => c.Subject == EvaluationSubject.Generated).OrderBy(c => c.Output).ToList();
        Assert.Equal([0, 1, 2, 0, 1], generated.SelectMany(c => c.Labels));
        Assert.Equal([ChunkSeeds.Derive(4, 0), ChunkSeeds.Derive(4, 1)], generated.Select(c => c.Seed));
        Assert.All(generated, c => Assert.NotNull(c.Model));

        item.Complete(new EvaluationResult
        {
            ClassifierAccuracyReal = 1,
            ClassAccuracyReconstructed = 2,
            ClassAccuracyGenerated = 3,
            FrechetReal = 4,
            FrechetReconstructed = 5,
            FrechetGenerated = 6,
            ReconstructionMse = 7,
            Images = 5,
            ReferenceImages = 2100,
        });
        await GrainCluster.ToRest(job, JobPhase.Completed);
        var scores = await job.GetScores();
        Assert.Equal(((double?)1, (double?)2, (double?)3, (double?)4, (double?)5, 6d, (double?)7, 5, 2100),
            (scores.ClassifierAccuracyReal, scores.ClassAccuracyReconstructed, scores.ClassAccuracyGenerated,
            scores.FrechetReal, scores.FrechetReconstructed, scores.FrechetGenerated, scores.ReconstructionMse, scores.Images,
            scores.ReferenceImages));
    }

    [Fact]
    public async Task Start_CancelledHalfWayAndStartedAgain_FinishedChunksAreNotRedone()
    {
        await _cluster.MakeModel();
        var job = _cluster.Evaluation("eval");
        await job.Start(Request);
        var first = await _cluster.Work.Next();
        first.Complete(Result(first.Read<EvaluateChunkWork>()));
        await GrainCluster.Until(job, e => e.Progress.Done > 0, "a finished chunk");
        await job.Cancel();
        _cluster.Work.Auto = i => i.Kind == first.Kind
            ? WorkJson.Write(Result(i.Read<EvaluateChunkWork>()))
            : """{"classifierAccuracyReal":1,"classAccuracyReconstructed":1,"classAccuracyGenerated":1,"frechetReal":1,"frechetReconstructed":1,"frechetGenerated":1,"reconstructionMse":1,"images":5,"referenceImages":24}""";
        await job.Start(Request);
        await GrainCluster.ToRest(job, JobPhase.Completed);
        Assert.Single(_cluster.Work.Created, i => i.Document == first.Document);
    }

    [Fact]
    public async Task Start_MoreImagesThanHeldOut_ScoresTheHeldOutThereAre()
    {
        await _cluster.MakeModel();
        _cluster.Work.Auto = Answer;
        var job = _cluster.Evaluation("eval");
        await job.Start(Request with { Images = 10 });
        await GrainCluster.ToRest(job, JobPhase.Completed);
        var merge = _cluster.Work.Created.Single(i => i.Kind == WorkKinds.MergeEvaluation).Read<MergeEvaluationWork>();
        Assert.Equal((2, 2, 4), (merge.Real.Count, merge.Reconstructed.Count, merge.Generated.Count));
        Assert.Equal((10, 6), ((await job.GetScores()).Basis!.Images, (await job.GetScores()).Basis!.HeldOutImages));
    }

    [Fact]
    public async Task Start_InceptionWithStatistics_UsesThemAndSaysSo()
    {
        await _cluster.MakeModel();
        _cluster.Work.Auto = Answer;
        var weights = WriteWeights("inception.safetensors", 1);
        var statistics = _cluster.Statistics("real-28");
        await statistics.Start(new StatisticsRequest { Dataset = "shoes", ImageSize = 28, Inception = weights, ChunkSize = 20 });
        await GrainCluster.ToRest(statistics, JobPhase.Completed);
        var made = await statistics.GetResult();
        Assert.Equal(("shoes", "train", 24, 2, FeatureKinds.Inception, "inception.safetensors"),
            (made.Images.Dataset, made.Images.Split, made.Images.Count, made.Chunks.Count, made.Features.Kind, made.Features.Name));
        Assert.True(await new DirectoryArtifactStore(Path.Combine(_cluster.Root, "artifacts")).VerifyAsync(
            new ArtifactInfo(made.Features.Weights.Name, made.Features.Weights.Size, made.Features.Weights.Sha256), default));

        var job = _cluster.Evaluation("eval");
        await job.Start(
            Request with
            {
                Classifier = null,
                Features = FeatureKinds.Inception,
                Inception = weights,
                Statistics = "real-28",
                Settings = Request.Settings with { Precision = "bfloat16" }
            });
        await GrainCluster.ToRest(job, JobPhase.Completed);
        var merge = _cluster.Work.Created.Single(i => i.Kind == WorkKinds.MergeEvaluation).Read<MergeEvaluationWork>();
        Assert.Equal(
            (made.File.Name, 2, true, 5, 4L),
            (merge.Statistics!.Name, merge.Reference.Count, merge.InceptionScore, merge.GeneratedImages, merge.Seed));
        var chunks = _cluster.Work.Created.Where(i => i.Kind == WorkKinds.EvaluateChunk).Select(i => i.Read<EvaluateChunkWork>()).ToList();
        Assert.All(chunks, c => Assert.Equal((null, made.Features.Weights.Name, 28), (c.Classifier, c.Inception!.Name, c.ImageSize)));
        Assert.All(chunks.Where(c => c.Subject == EvaluationSubject.Generated), c => Assert.Equal("bfloat16", c.Settings.Precision));
        Assert.DoesNotContain(chunks, c => c.Output.StartsWith("evaluations/") && c.Subject == EvaluationSubject.Reference);
        var basis = (await job.GetScores()).Basis!;
        Assert.Equal(("real-28", made.Images, made.Features), (basis.Statistics, basis.Reference, basis.Features));
        Assert.Equal((5, 5, 4L, 3, "halton"), (basis.Images, basis.HeldOutImages, basis.Seed, basis.ChunkSize, basis.Sampling.Sampler));
        Assert.StartsWith("sampling bfloat16", basis.Precision);
        Assert.Equal(2.5, (await job.GetScores()).InceptionScore);
        Assert.Equal(new NeighbourScores(0.1, 0.2, 0.3, 0.4), (await job.GetScores()).InFiveChunks);
    }

    [Fact]
    public async Task Start_StatisticsOfOtherWeights_IsRefused()
    {
        await _cluster.MakeModel();
        _cluster.Work.Auto = Answer;
        await _cluster.Statistics("real-28").Start(
            new StatisticsRequest { Dataset = "shoes", ImageSize = 28, Inception = WriteWeights("a.safetensors", 1) });
        await GrainCluster.ToRest(_cluster.Statistics("real-28"), JobPhase.Completed);
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => _cluster.Evaluation("eval").Start(
            Request with { Features = FeatureKinds.Inception, Inception = WriteWeights("b.safetensors", 2), Statistics = "real-28" }));
        Assert.Contains("statistics 'real-28' were made with a.safetensors", e.Message);
    }

    [Theory]
    [InlineData("inception", null, "Name the file weights-inception-2015-12-05-6726825d.pth")]
    [InlineData("inception", "/nowhere/x.pth", "Reading weights /nowhere/x.pth")]
    [InlineData("clip", null, "there are no features 'clip'. Use classifier or inception")]
    [InlineData("classifier", null, "features need a classifier")]
    public async Task Start_FeaturesCannotBeHad_IsRefusedInOneLine(string features, string? weights, string message)
    {
        await _cluster.MakeModel();
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() =>
            _cluster.Evaluation("eval").Start(Request with { Classifier = null, Features = features, Inception = weights }));
        Assert.Contains(message, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task Start_ClassifierOfAnotherPictureSize_IsRefusedBeforeAnyWork()
    {
        await _cluster.MakeModel(sizes: new Dictionary<string, string> { ["tok"] = "data.imageSize=28", ["cls"] = "data.imageSize=32" });
        var before = _cluster.Work.Created.Count;

        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => _cluster.Evaluation("eval").Start(Request));
        var statistics = await Assert.ThrowsAsync<InvalidRequestException>(
            () => _cluster.Statistics("real").Start(new StatisticsRequest { Dataset = "shoes", ImageSize = 28, Classifier = "cls" }));

        Assert.Equal(
            "classifier 'cls' sees images of 32 x 32 pixels, and the images of tokenizer 'tok' are of 28 x 28. "
            + "Name a classifier of that size: 'pgm train' with --set data.imageSize=28.", e.Message);
        Assert.Contains("sees images of 32 x 32 pixels, and the images asked for (--size) are of 28 x 28", statistics.Message);
        Assert.Equal(before, _cluster.Work.Created.Count);
    }

    [Fact]
    public async Task Start_StatisticsOfAnotherPictureSize_IsRefused()
    {
        await _cluster.MakeModel(sizes: new Dictionary<string, string> { ["tok"] = "data.imageSize=28" });
        _cluster.Work.Auto = Answer;
        var weights = WriteWeights("inception.safetensors", 1);
        await _cluster.Statistics("real-64").Start(new StatisticsRequest { Dataset = "shoes", ImageSize = 64, Inception = weights });
        await GrainCluster.ToRest(_cluster.Statistics("real-64"), JobPhase.Completed);

        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => _cluster.Evaluation("eval").Start(
            Request with { Classifier = null, Features = FeatureKinds.Inception, Inception = weights, Statistics = "real-64" }));

        Assert.Contains(
            "statistics 'real-64' are of images of 64 x 64 pixels, and tokenizer 'tok' makes images of 28 x 28. "
            + "Make statistics with --size 28", e.Message);
    }

    [Theory]
    [InlineData("cls", "classifier 'cls' knows 2 classes, and dataset 'shoes' has 3")]
    [InlineData("model", "Run 'model' knows 2 classes, and class 2 of dataset 'shoes'")]
    public async Task Start_FewerClassesThanTheDataset_IsRefused(string run, string message)
    {
        await _cluster.MakeModel(sizes: new Dictionary<string, string> { [run] = "model.classes=2" });

        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => _cluster.Evaluation("eval").Start(Request));

        Assert.Contains(message, e.Message);
    }

    private string WriteWeights(string name, byte content)
    {
        var path = Path.Combine(_cluster.Root, name);
        File.WriteAllBytes(path, [content]);
        return path;
    }

    [Fact]
    public async Task Start_MoreUndecodableImagesThanMayBeLeftOut_FailsNamingThemAndGoesOnWhereMoreMay()
    {
        await _cluster.MakeModel();
        _cluster.Work.Auto = item =>
            item.Kind == WorkKinds.EvaluateChunk ? WorkJson.Write(Bad(item.Read<EvaluateChunkWork>())) : Answer(item);
        var evaluation = _cluster.Evaluation("eval");
        await evaluation.Start(Request with { SkipBad = 1 });

        Assert.StartsWith(
            "Finishing evaluation 'eval': 3 images cannot be decoded, and 1 may be left out: ",
            (await GrainCluster.ToRest(evaluation, JobPhase.Failed)).Message);
        await evaluation.Start(Request with { SkipBad = 3 });
        await GrainCluster.ToRest(evaluation, JobPhase.Completed);
        Assert.Contains(
            "left out 3 images, asked for 2 at most",
            (await Assert.ThrowsAsync<InvalidRequestException>(() => evaluation.Start(Request with { SkipBad = 2 }))).Message);

        var statistics = _cluster.Statistics("ref");
        var weights = WriteWeights("i.safetensors", 1);
        await statistics.Start(new StatisticsRequest { Dataset = "shoes", ImageSize = 28, Inception = weights, ChunkSize = 10 });
        Assert.StartsWith(
            "Finishing statistics 'ref': 3 images cannot be decoded, and 0 may be left out: ",
            (await GrainCluster.ToRest(statistics, JobPhase.Failed)).Message);

        static EvaluateChunkResult Bad(EvaluateChunkWork work) => work.Images is not { } images ? Result(work) : Result(work) with
        {
            Images = images.Count - 1,
            Skipped = [new BadImage("made", $"{images.Start}.jpg", "truncated")],
        };
    }

    [Fact]
    public async Task Start_NegativeNumberOfImagesToLeaveOut_IsRefusedByEveryJob()
    {
        StatisticsRequest statistics = new() { Dataset = "shoes", ImageSize = 28, Inception = "", SkipBad = -1 };
        Func<Task>[] starts =
        [
            () => _cluster.Evaluation("a").Start(Request with { SkipBad = -1 }),
            () => _cluster.Statistics("b").Start(statistics),
            () => _cluster.Run("c").Start(GrainCluster.Request() with { SkipBad = -1 }),
        ];
        foreach (var start in starts)
            Assert.Contains("-1 images may be left out. Give 0 or more.", (await Assert.ThrowsAsync<InvalidRequestException>(start)).Message);
    }

    private static string Answer(FakeItem item) => item.Kind switch
    {
        WorkKinds.EvaluateChunk => WorkJson.Write(Result(item.Read<EvaluateChunkWork>())),
        WorkKinds.MergeStatistics =>
            WorkJson.Write(
                new MergeStatisticsResult
                {
                    File = new ArtifactInfo(
                    item.Read<MergeStatisticsWork>().Output, 9, new string('9', 64)),
                    Images = 24
                }),
        _ => WorkJson.Write(new EvaluationResult
        {
            FrechetGenerated = 1,
            Images = 5,
            ReferenceImages = 24,
            InceptionScore = 2.5,
            InFiveChunks = new ManifoldScores(0.1, 0.2, 0.3, 0.4),
        }),
    };

    private static EvaluateChunkResult Result(EvaluateChunkWork work) => new()
    {
        Features = new ArtifactInfo(work.Output, 9, new string('8', 64)),
        Images = work.Images?.Count ?? work.Labels.Count,
    };
}
