using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tests.Work;
using PgmCluster.Execution.Training;

namespace PgmCluster.Execution.Tests.Checkpoints;

/// <summary>What is known of a checkpoint before a run that is to begin with it is queued.</summary>
public sealed class StartingWeightsTests : IDisposable
{
    private static readonly DataFacts Facts = new() { Classes = 10, Codebook = 64, Height = 7, Width = 7 };

    private readonly TestRuns _runs = new();

    private StartingWeights Weights => new(_runs.Store);

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData("tokenizer")]
    [InlineData("classifier")]
    [InlineData("pgm")]
    [InlineData("maskgit")]
    public void Require_RunsOwnWeights_Fit(string kind) => Weights.Require(Trained(kind).Weights, null, Specification(kind));

    [Fact]
    public void Require_CheckpointWithOptimizer_Fits()
    {
        var trained = Trained("pgm");
        var file = Write(path =>
        {
            using var folder = ReferenceCheckpoint.Open(Path.GetDirectoryName(_runs.FileOf(trained.Checkpoint!.Name))!);
            CheckpointExport.Write(folder, path, optimizer: true);
        });

        Weights.Require(file, null, Specification("pgm"));

        var e = Assert.Throws<BadInputException>(() => Weights.Require(file, null, Specification("maskgit")));
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Require_WeightsOfAnotherKind_AreRefused()
    {
        var e = Assert.Throws<BadInputException>(() => Weights.Require(Trained("tokenizer").Weights, null, Specification("pgm")));

        Assert.EndsWith(
            "it holds a tokenizer, and the run trains a pgm. Name a pgm's checkpoint, or a preset of kind tokenizer.", e.Message);
    }

    [Theory]
    [InlineData("model.hidden", "64")]
    [InlineData("model.classes", "12")]
    public void Require_WeightsOfAnotherSize_AreRefusedNamingTheTensors(string key, string value)
    {
        var e = Assert.Throws<BadInputException>(() => Weights.Require(
            Trained("pgm").Weights, null,
            new SpecificationResolver().Resolve("pgm-smoke", new Dictionary<string, string> { [key] = value }, 1, Facts)));

        Assert.Matches(@"is \[[\d,]+\] instead of \[[\d,]+\]", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Require_FileThatIsNone_IsRefused()
    {
        var text = _runs.Store.Write("imports/page.pth", stream => stream.Write("<!DOCTYPE html>"u8));

        Assert.Contains(
            "begin neither like", Assert.Throws<BadInputException>(() => Weights.Require(text, null, Specification("pgm"))).Message);
        Assert.Throws<BadInputException>(
            () => Weights.Require(new ArtifactInfo("imports/none.pth", 1, new string('0', 64)), null, Specification("pgm")));
    }

    /// <summary>Somebody waits for the answer, and a checkpoint may have many gigabytes: the device reads them.</summary>
    [Fact]
    public void Require_FileOfThatSizeWithOtherBytes_IsLeftToTheDeviceToRefuse()
    {
        var weights = Trained("classifier").Weights;
        using (var file = File.OpenWrite(_runs.FileOf(weights.Name)))
        {
            file.Position = file.Length - 1;
            file.WriteByte(0x55);
        }

        Weights.Require(weights, null, Specification("classifier"));

        var e = Assert.Throws<DataCorruptException>(
            () => _runs.Train(TestRuns.Work("classifier", 1, run: "other") with { From = weights }));
        Assert.Contains("it has changed since it was written", e.Message);
        Assert.Throws<DataCorruptException>(
            () => Weights.Require(weights with { Size = weights.Size + 1 }, null, Specification("classifier")));
    }

    /// <summary>What is not on this machine is not fetched while somebody waits: the device says the same later.</summary>
    [Fact]
    public void Require_StoreOnAServer_FetchesNothing_AndTheDeviceRefusesAnotherKind()
    {
        var weights = Trained("tokenizer").Weights;
        var remote = new StartingWeights(new RefusingStore(_runs.Store, _ => null));

        remote.Require(weights, null, Specification("classifier"));

        Assert.Throws<BadInputException>(
            () => remote.Require(weights with { Name = "imports/none.pth" }, null, Specification("classifier")));
        var e = Assert.Throws<BadInputException>(
            () => _runs.Train(TestRuns.Work("classifier", 1, run: "other") with { From = weights }));
        Assert.EndsWith(
            "it holds a tokenizer, and the run trains a classifier. Name a classifier's checkpoint, or a preset of kind tokenizer.",
            e.Message);
    }

    [Fact]
    public void Train_FromWeightsUnderAKey_BeginsWithThose()
    {
        var trained = Trained("tokenizer", new Dictionary<string, string> { ["training.emaDecay"] = "0.5" });
        var file = Write(path =>
        {
            using var weights = ReferenceCheckpoint.Open(_runs.FileOf(trained.Weights.Name));
            using var stream = File.Create(path);
            PyTorchWriter.Write(
                stream, new PickleDictionary { ["model"] = Dictionary(weights.Model), ["ema"] = Dictionary(weights.Average) });
        });
        Weights.Require(file, "ema", Specification("tokenizer"));

        var usual = _runs.Train(TestRuns.Work("tokenizer", 2, run: "usual") with { From = file, AsIs = true });
        var averaged = _runs.Train(TestRuns.Work("tokenizer", 2, run: "averaged") with { From = file, FromWeights = "ema", AsIs = true });

        Assert.Equal((trained.WeightsSha256, trained.EmaSha256), (usual.WeightsSha256, averaged.WeightsSha256));
        Assert.NotEqual(usual.WeightsSha256, averaged.WeightsSha256);
        var e = Assert.Throws<BadInputException>(() => Weights.Require(file, "emma", Specification("tokenizer")));
        Assert.Contains("'ema'", e.Message);
    }

    private TrainResult Trained(string kind, Dictionary<string, string>? set = null)
    {
        IReadOnlyList<ArtifactInfo>? tokens = kind is "pgm" or "maskgit" ? [_runs.Tokens(64)] : null;
        return _runs.Train(TestRuns.Work(kind, set is null ? 1 : 4, set, tokens, run: kind));
    }

    private ArtifactInfo Write(Action<string> write)
    {
        var path = _runs.FileOf("made.pth");
        write(path);
        return _runs.Store.Write("imports/file.pth", target => target.Write(File.ReadAllBytes(path)));
    }

    private static PickleDictionary Dictionary(IEnumerable<CheckpointTensor> tensors)
    {
        var dictionary = new PickleDictionary(isOrderedDict: true);
        foreach (var tensor in tensors) dictionary[tensor.Name] = new TensorContent(tensor.Type, tensor.Shape, tensor.CopyTo);
        return dictionary;
    }

    private static ResolvedSpecification Specification(string kind) =>
        new SpecificationResolver().Resolve($"{kind}-smoke", new Dictionary<string, string>(), 1, Facts);
}
