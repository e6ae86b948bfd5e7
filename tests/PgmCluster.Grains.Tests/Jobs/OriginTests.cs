using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Jobs;

/// <summary>What jobs' own records say of what they were made from.</summary>
public class OriginTests
{
    private static readonly string Weights = new('2', 64);

    [Fact]
    public async Task GetOrigin_FromPicturesToScores_EachNamesTheNextByItsHash()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.MakeModel(images: 30, validation: 6);
        var dataset = await cluster.Grains.GetGrain<Contracts.Datasets.IDatasetGrain>("shoes").Get();
        cluster.Work.Auto = item => item.Kind switch
        {
            WorkKinds.SampleChunk => Images(item.Read<SampleChunkWork>()),
            WorkKinds.ComposeGrid => WorkJson.Write(new ArtifactInfo("samples/faces/grid.png", 3, new string('7', 64))),
            WorkKinds.EvaluateChunk => Features(item.Read<EvaluateChunkWork>()),
            _ => WorkJson.Write(new EvaluationResult { FrechetGenerated = 1, Images = 4, ReferenceImages = 24 }),
        };
        await cluster.Samples("faces").Start(new SamplingRequest { Model = "model", Classes = [0], ImagesPerClass = 2 });
        await GrainCluster.ToRest(cluster.Samples("faces"), JobPhase.Completed);
        await cluster.Evaluation("scores").Start(new EvaluationRequest { Model = "model", Classifier = "cls", Images = 4 });
        await GrainCluster.ToRest(cluster.Evaluation("scores"), JobPhase.Completed);

        var (tok, tokens, model) =
            (await cluster.Run("tok").GetOrigin(), await cluster.Tokens("tokens").GetOrigin(), await cluster.Run("model").GetOrigin());
        var (faces, scores) = (await cluster.Samples("faces").GetOrigin(), await cluster.Evaluation("scores").GetOrigin());

        var shoes = new OriginSource("dataset", OriginKind.Dataset, "shoes", dataset.ContentSha256);
        Assert.Equal(("weights", Weights), (tok.Made, tok.Sha256));
        Assert.Equal([shoes], tok.From);
        Assert.Equal([shoes, new OriginSource("tokenizer", OriginKind.Job, "tok", Weights)], tokens.From);
        Assert.Equal(3, tokens.Artifacts.Count);
        Assert.Equal(64, tokens.Sha256!.Length);
        Assert.Equal(
            [new OriginSource("tokens", OriginKind.Job, "tokens", tokens.Sha256), new("tokenizer", OriginKind.Job, "tok", Weights)],
            model.From);
        Assert.Equal(["model", "tok"], faces.From.Select(s => s.Name));
        Assert.All(faces.From, s => Assert.Equal(Weights, s.Sha256));
        Assert.Equal(3, faces.Artifacts.Count);
        Assert.Equal(["model", "tokenizer", "dataset", "features"], scores.From.Select(s => s.Role));
        Assert.Equal(["model", "tok", "shoes", "cls"], scores.From.Select(s => s.Name));
        Assert.Null(scores.Sha256);
    }

    [Fact]
    public async Task GetOrigin_NothingWasEverStarted_IsNotFound()
    {
        await using var cluster = await GrainCluster.Start();
        await Assert.ThrowsAsync<NotFoundException>(() => cluster.Run("nobody").GetOrigin());
    }

    /// <summary>As in a record of a version that did not note it.</summary>
    [Fact]
    public async Task GetOrigin_HashThatWasNotRecorded_IsUnknownAndTheRestIsSaid()
    {
        await using var first = await GrainCluster.Start();
        await first.MakeModel();
        await first.Silos.StopAllSilosAsync();
        Change(first.Root, "tokenization-job", text => System.Text.RegularExpressions.Regex.Replace(
            text, "\"tokenizer\":\\{[^}]*\\}", "\"tokenizer\":null", System.Text.RegularExpressions.RegexOptions.IgnoreCase));

        await using var second = await GrainCluster.Start(directory: first.Root);
        var tokens = await second.Tokens("tokens").GetOrigin();

        Assert.Equal(new OriginSource("tokenizer", OriginKind.Job, "tok", null), tokens.From[1]);
        Assert.Equal("shoes", tokens.From[0].Name);
    }

    /// <summary>The run of the tokenizer's name holds other weights than those that the tokens were made with.</summary>
    [Fact]
    public async Task Start_TokensOfOtherWeightsThanTheTokenizerHas_AreRefused()
    {
        await using var first = await GrainCluster.Start();
        await first.MakeModel();
        await first.Silos.StopAllSilosAsync();
        Change(first.Root, "tokenization-job", text => text.Replace(Weights, new string('9', 64), StringComparison.Ordinal));

        await using var second = await GrainCluster.Start(directory: first.Root);
        var training = await Assert.ThrowsAsync<InvalidRequestException>(
            () => second.Run("other").Start(new TrainingRequest { Preset = "pgm-x", Tokens = "tokens" }));
        var sampling = await Assert.ThrowsAsync<InvalidRequestException>(
            () => second.Samples("faces").Start(new SamplingRequest { Model = "model", Classes = [0] }));

        Assert.Contains("'tokens' was made with weights 999999999999 of tokenizer 'tok'", training.Message);
        Assert.Contains("holds 222222222222", training.Message);
        Assert.Contains("'tokens' was made with weights 999999999999 of tokenizer 'tok'", sampling.Message);
    }

    [Theory]
    [InlineData("tokens/t1/shard-00000.safetensors", "t1")]
    [InlineData("runs/r/checkpoints/step-00000001-g1/weights.safetensors", "r")]
    [InlineData("imports/0123.pth", null)]
    [InlineData("tokens", null)]
    public void OwnerOf_Artifact_IsTheJobThatItsNameTells(string artifact, string? job) =>
        Assert.Equal(job, OriginSource.OwnerOf(artifact));

    [Fact]
    public void OriginHash_SeveralFiles_DependsOnAllAndTheirOrder()
    {
        ArtifactReference A(char digit) => new($"{digit}", 1, new string(digit, 64));
        Assert.Null(OriginHash.Of([]));
        Assert.Equal(new string('1', 64), OriginHash.Of([A('1')]));
        Assert.NotEqual(OriginHash.Of([A('1'), A('2')]), OriginHash.Of([A('2'), A('1')]));
    }

    private static void Change(string root, string state, Func<string, string> change)
    {
        var file = Assert.Single(Directory.GetFiles(Path.Combine(root, "state"), $"{state}-*"));
        var (before, after) = (File.ReadAllText(file), change(File.ReadAllText(file)));
        Assert.NotEqual(before, after);
        File.WriteAllText(file, after);
    }

    private static string Images(SampleChunkWork work) => WorkJson.Write(new SampleChunkResult
    {
        Images = [.. work.Labels.Select((_, i) => new ArtifactInfo($"{work.OutputPrefix}{work.FirstIndex + i}.png", 1,
            new string('6', 64)))],
    });

    private static string Features(EvaluateChunkWork work) => WorkJson.Write(new EvaluateChunkResult
    {
        Features = new ArtifactInfo(work.Output, 5, new string('5', 64)),
        Images = work.Images?.Count ?? work.Labels.Count,
    });
}
