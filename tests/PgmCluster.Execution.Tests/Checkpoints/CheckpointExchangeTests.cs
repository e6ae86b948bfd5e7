using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Checkpoints;

/// <summary>Training state out to the public code's layout and back.</summary>
public sealed class CheckpointExchangeTests : IDisposable
{
    private static readonly Dictionary<string, string> WithAverage = new() { ["training.emaDecay"] = "0.5" };

    private readonly TestRuns _runs = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-exchange-").FullName;

    public void Dispose()
    {
        _runs.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("out.pth")]
    [InlineData("out.safetensors")]
    public void Train_FromAnExportedCheckpoint_GoesOnBitForBit(string name)
    {
        // The schedule depends on the number of steps only where the rate decays.
        var steady = new Dictionary<string, string> { ["training.decayShare"] = "0" };
        var whole = _runs.Train(TestRuns.Work("tokenizer", 5, steady, run: "whole"));
        var begun = _runs.Train(TestRuns.Work("tokenizer", 3, steady, run: "begun"));
        var path = Path.Combine(_directory, name);
        using (var folder = ReferenceCheckpoint.Open(Path.GetDirectoryName(_runs.FileOf(begun.Checkpoint!.Name))!))
            CheckpointExport.Write(folder, path, optimizer: true);
        var from = _runs.Store.Write($"imports/{name}", stream => stream.Write(File.ReadAllBytes(path)));

        var rest = _runs.Train(TestRuns.Work("tokenizer", 5, steady, run: "rest") with { From = from });

        Assert.Equal((whole.WeightsSha256, whole.OptimizerSha256, 5), (rest.WeightsSha256, rest.OptimizerSha256, rest.Steps));
    }

    [Fact]
    public void Train_AsIs_TakesTheCheckpointsWeights()
    {
        var trained = _runs.Train(TestRuns.Work("classifier", 3, run: "trained"));

        var taken = _runs.Train(TestRuns.Work("classifier", 3, run: "taken") with { From = trained.Weights, AsIs = true });

        Assert.Equal((trained.WeightsSha256, 0), (taken.WeightsSha256, taken.Steps));
    }

    [Fact]
    public void Train_FromAChangedFile_IsRefused()
    {
        var trained = _runs.Train(TestRuns.Work("classifier", 2, run: "trained"));
        var changed = trained.Weights with { Sha256 = new string('0', 64) };

        var refusal = Assert.Throws<DataCorruptException>(
            () => _runs.Train(TestRuns.Work("classifier", 2, run: "other") with { From = changed }));

        Assert.Contains("has changed", refusal.Message);
    }

    [Theory]
    [InlineData("out.pth")]
    [InlineData("out.safetensors")]
    public void Export_CheckpointOfARun_ComesBackBitForBit(string name)
    {
        var work = TestRuns.Work("tokenizer", 5);
        var result = _runs.Train(work);
        var path = Path.Combine(_directory, name);
        using (var folder = ReferenceCheckpoint.Open(Path.GetDirectoryName(_runs.FileOf(result.Checkpoint!.Name))!))
            CheckpointExport.Write(folder, path, optimizer: true);

        using var exported = ReferenceCheckpoint.Open(path);
        var specification = SpecificationJson.Parse(work.Specification);
        using var model = ModelKinds.Get("tokenizer").CreateModel(specification, torch.CPU);
        using var state = new TrainingState(model, specification.Training, new NumericsSettings());
        WeightsFile.Load(state.Weights, exported.Model, path);
        ReferenceOptimizer.Load(state, exported);

        Assert.Equal(5, exported.Iter);
        Assert.Equal(5, state.Step);
        Assert.Equal(result.WeightsSha256, state.Weights.Sha256());
        Assert.Equal(result.OptimizerSha256, state.OptimizerSha256());
        var group = Assert.Single(exported.Optimizer!.Groups);
        Assert.Equal(specification.Training.WeightDecay, group.WeightDecay);
        Assert.Equal(state.Parameters.Places.Count, group.Parameters.Count);
        Assert.InRange(group.LearningRate, 0, specification.Training.LearningRate);
    }

    /// <summary>The public code's model has a projection in each cross block: it could not read one that all share.</summary>
    [Fact]
    public void Export_SharedCrossKeyValues_HasNoFormInThePublicCode()
    {
        var set = new Dictionary<string, string> { ["model.crossKeyValues"] = "shared" };
        var result = _runs.Train(TestRuns.Work("pgm", 1, set, [_runs.Tokens(64)]));
        using var weights = ReferenceCheckpoint.Open(_runs.FileOf(result.Weights.Name));

        var refusal = Assert.Throws<BadInputException>(() => CheckpointExport.Write(weights, Path.Combine(_directory, "out.pth"))).Message;

        Assert.Contains("model.crossKeyValues = shared", refusal);
        Assert.Contains(".safetensors", refusal);
        Assert.Empty(Directory.GetFiles(_directory));
        CheckpointExport.Write(weights, Path.Combine(_directory, "out.safetensors"));
        using var again = ReferenceCheckpoint.Open(Path.Combine(_directory, "out.safetensors"));
        Assert.Equal(weights.Model.Select(t => t.Name).Order(), again.Model.Select(t => t.Name).Order());
    }

    [Fact]
    public void Export_AveragedWeights_AreThoseOfTheRun()
    {
        var result = _runs.Train(TestRuns.Work("tokenizer", 4, WithAverage));
        var fromFolder = Export(Path.GetDirectoryName(_runs.FileOf(result.Checkpoint!.Name))!, "folder.pth");
        var fromWeights = Export(_runs.FileOf(result.Weights.Name), "weights.pth");

        Assert.Equal(result.EmaSha256, fromFolder);
        Assert.Equal(result.EmaSha256, fromWeights);
    }

    [Fact]
    public void Import_ExportedRun_CanBeLoadedLikeOne()
    {
        var work = TestRuns.Work("tokenizer", 3, WithAverage);
        var result = _runs.Train(work);
        var path = Path.Combine(_directory, "run.safetensors");
        using (var weights = ReferenceCheckpoint.Open(_runs.FileOf(result.Weights.Name))) CheckpointExport.Write(weights, path);

        using var exported = ReferenceCheckpoint.Open(path);
        var specification = CheckpointImport.Resolve(
            exported, new SpecificationResolver(), "tokenizer-smoke", new Dictionary<string, string>());
        var (file, imported) = CheckpointImport.ToWeightsFile(exported, specification, _runs.Store, "runs/imported/weights.safetensors");
        using var loaded = ModelFiles.Tokenizer(_runs.Store, file, torch.CPU);

        Assert.Equal(result.Parameters, imported.Parameters);
        Assert.Equal(0, imported.Converted);
        Assert.Equal(3, imported.Iter);
        Assert.Equal(result.WeightsSha256, StateDict.Of(loaded.Model).Sha256());
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("model_ema", false)]
    public void Import_LightningCheckpoint_FindsWeightsAndAveragesBehindTheirPrefixes(string? key, bool both)
    {
        var result = _runs.Train(TestRuns.Work("tokenizer", 3, WithAverage));
        var path = Path.Combine(_directory, "lightning.ckpt");
        using (var weights = ReferenceCheckpoint.Open(_runs.FileOf(result.Weights.Name)))
        {
            var state = new PickleDictionary(isOrderedDict: true);
            foreach (var tensor in weights.Model) state[$"first_stage_model.{tensor.Name}"] = Content(tensor);
            foreach (var tensor in weights.Average) state[$"model_ema.{tensor.Name.Replace(".", "")}"] = Content(tensor);
            state["loss.discriminator.weight"] = Content(weights.Model[0]);
            using var stream = File.Create(path);
            PyTorchWriter.Write(stream, new PickleDictionary { ["epoch"] = 3L, ["state_dict"] = state });
        }

        using var checkpoint = ReferenceCheckpoint.Open(path, key);
        var specification = CheckpointImport.Resolve(
            checkpoint, new SpecificationResolver(), "tokenizer-smoke", new Dictionary<string, string>());
        var (file, imported) = CheckpointImport.ToWeightsFile(checkpoint, specification, _runs.Store, "runs/imported/weights.safetensors");

        using var scope = NewDisposeScope();
        using var made = ReferenceCheckpoint.Open(_runs.FileOf(file.Name));
        Assert.Equal(
            both ? result.WeightsSha256 : result.EmaSha256, StateDict.Sha256(made.Model.Select(t => (t.Name, WeightsFile.Read(t)))));
        Assert.Equal(
            both ? result.EmaSha256 : null,
            made.Average.Count == 0 ? null : StateDict.Sha256(made.Average.Select(t => (t.Name, WeightsFile.Read(t)))));
        Assert.Equal(both, imported.HasAverage);
        if (both) Assert.Contains(imported.Notes, n => n.Contains("first_stage_model."));
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Load_ReferenceOptimizer_EqualsTheTwin()
    {
        using var scope = NewDisposeScope();
        using var checkpoint = ReferenceCheckpoint.Open(GoldenData.Require("checkpoints/legacy.pth"));
        using var twin = SafetensorsFile.Open(GoldenData.Require("checkpoints/legacy.safetensors"));
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(GoldenData.Require("checkpoints/legacy.json")));
        var specification = CheckpointImport.Resolve(
            checkpoint, new SpecificationResolver(), "pgm-smoke", GoldenSettings.Partition("checkpoints/pgm_micro.config.json"));
        using var model = ModelKinds.Get(specification.Kind).CreateModel(SpecificationJson.Parse(specification.Json), torch.CPU);
        using var state = new TrainingState(model, SpecificationJson.Parse(specification.Json).Training, new NumericsSettings());

        ReferenceOptimizer.Load(state, checkpoint);

        var names = json.RootElement.GetProperty("optimizer").GetProperty("param_index_to_name");
        Assert.Equal(WeightsFile.Read(twin, "optimizer.state.0.step").item<float>(), state.Step);
        foreach (var (field, flat) in new[] { ("exp_avg", state.Optimizer.FirstMoment), ("exp_avg_sq", state.Optimizer.SecondMoment) })
        {
            var index = 0;
            foreach (var (name, tensor) in state.Named(flat))
            {
                Assert.Equal(names.GetProperty($"{index}").GetString(), name);
                Assert.True(WeightsFile.Read(twin, $"optimizer.state.{index}.{field}").eq(tensor).all().item<bool>(), $"{field} of {name}");
                index++;
            }
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Import_MaskGit_TakesItsSizesFromTheShapes()
    {
        using var checkpoint = ReferenceCheckpoint.Open(GoldenData.Require("maskgit_tiny/proj1.state.pth"));
        using var config = System.Text.Json.JsonDocument.Parse(File.ReadAllText(GoldenData.Require("maskgit_tiny/proj1.config.json")));
        string Setting(string name) => config.RootElement.GetProperty(name).GetRawText();
        var overrides = new Dictionary<string, string>
        {
            ["model.hidden"] = Setting("hidden_dim"),
            ["model.depth"] = Setting("depth"),
            ["model.heads"] = Setting("heads"),
            ["model.registers"] = Setting("register"),
            ["model.projection"] = Setting("proj"),
            ["model.mlpRatio"] = $"{config.RootElement.GetProperty("mlp_dim").GetInt32() / config.RootElement.GetProperty("hidden_dim").GetInt32()}",
        };

        var specification = CheckpointImport.Resolve(checkpoint, new SpecificationResolver(), "maskgit-smoke", overrides);
        var (file, imported) = CheckpointImport.ToWeightsFile(checkpoint, specification, _runs.Store, "runs/imported/weights.safetensors");
        using var loaded = ModelFiles.Generative(_runs.Store, file, useEma: true, torch.CPU);

        Assert.Equal(checkpoint.ElementCount, imported.Parameters);
        Assert.Equal(checkpoint.Model.Count, imported.Tensors);
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Load_OptimizerOfAnotherModel_ListsEveryDifference()
    {
        using var checkpoint = ReferenceCheckpoint.Open(GoldenData.Require("checkpoints/zip.pth"));
        var specification = SpecificationJson.Parse(TestRuns.Work("tokenizer", 1).Specification);
        using var model = ModelKinds.Get("tokenizer").CreateModel(specification, torch.CPU);
        using var state = new TrainingState(model, specification.Training, new NumericsSettings());

        var error = Assert.Throws<BadInputException>(() => ReferenceOptimizer.Load(state, checkpoint));

        Assert.Contains("parameters, the model has", error.Message);
        Assert.Contains("0.exp_avg is [", error.Message);
        Assert.Contains("1.exp_avg_sq is [", error.Message);
    }

    private static TensorContent Content(CheckpointTensor tensor)
    {
        var bytes = new byte[tensor.Length];
        tensor.Read(0, bytes);
        return new TensorContent(tensor.Type, tensor.Shape, stream => stream.Write(bytes));
    }

    private string Export(string source, string name)
    {
        var path = Path.Combine(_directory, name);
        using (var checkpoint = ReferenceCheckpoint.Open(source)) CheckpointExport.Write(checkpoint, path, average: true);
        using var exported = ReferenceCheckpoint.Open(path);
        using var scope = NewDisposeScope();
        return StateDict.Sha256(exported.Model.Select(t => (t.Name, WeightsFile.Read(t))));
    }
}
