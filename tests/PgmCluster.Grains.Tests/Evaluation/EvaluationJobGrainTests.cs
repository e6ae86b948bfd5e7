using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Tests.Support;

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
        Assert.Equal(["evaluations/eval/reference-00000.safetensors", "evaluations/eval/reference-00001.safetensors"], merge.Reference.Select(r => r.Name));
        Assert.Equal(["evaluations/eval/generated-00000.safetensors", "evaluations/eval/generated-00001.safetensors"], merge.Generated.Select(r => r.Name));
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
        Assert.Equal((1d, 2d, 3d, 4d, 5d, 6d, 7d, 5, 2100), (scores.ClassifierAccuracyReal, scores.ClassAccuracyReconstructed, scores.ClassAccuracyGenerated,
            scores.FrechetReal, scores.FrechetReconstructed, scores.FrechetGenerated, scores.ReconstructionMse, scores.Images, scores.ReferenceImages));
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
            ? Execution.Work.WorkJson.Write(Result(i.Read<EvaluateChunkWork>()))
            : """{"classifierAccuracyReal":1,"classAccuracyReconstructed":1,"classAccuracyGenerated":1,"frechetReal":1,"frechetReconstructed":1,"frechetGenerated":1,"reconstructionMse":1,"images":5,"referenceImages":24}""";
        await job.Start(Request);
        await GrainCluster.ToRest(job, JobPhase.Completed);
        Assert.Single(_cluster.Work.Created, i => i.Document == first.Document);
    }

    [Fact]
    public async Task Start_ValidationSplitTooSmall_IsRefused()
    {
        await _cluster.MakeModel();
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => _cluster.Evaluation("eval").Start(Request with { Images = 7 }));
        Assert.Contains("7 images asked for, the validation split of dataset 'shoes' has 6", e.Message);
    }

    private static EvaluateChunkResult Result(EvaluateChunkWork work) => new()
    {
        Features = new ArtifactInfo(work.Output, 9, new string('8', 64)),
        Images = work.Images?.Count ?? work.Labels.Count,
    };
}
