using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;
using PgmCluster.Data.Safetensors;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Commands;

[Trait("Category", "Golden")]
public sealed class CheckpointCommandsTests : IDisposable
{
    private const string MicroConfig = "checkpoints/pgm_micro.config.json";

    /// <summary>The model of the small checkpoints, as options of the command.</summary>
    private static readonly string[] MicroSettings = [.. GoldenSettings.Partition(MicroConfig).SelectMany(s => new[] { "--set",
        $"{s.Key}={s.Value}" })];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Inspect_Checkpoint_SaysWhatItHolds()
    {
        var run = await Run("inspect", Golden("zip.pth"), "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("PyTorch zip", run.Json.GetProperty("container").GetString());
        Assert.Equal("model_state_dict", run.Json.GetProperty("layout").GetString());
        Assert.Equal(0, run.Json.GetProperty("problems").GetArrayLength());
        Assert.Equal("vocab_embed.embedding", run.Json.GetProperty("tensors")[0].GetProperty("name").GetString());
        Assert.Equal(
            run.Json.GetProperty("optimizer").GetProperty("parameters").GetInt32(),
            run.Json.GetProperty("optimizer").GetProperty("groups")[0].GetProperty("parameters").GetInt32());
    }

    [Fact]
    public async Task Inspect_AsText_HasATableAndTheFacts()
    {
        var run = await Run("inspect", Golden("bf16_legacy.pth"));

        Assert.Contains("vocab_embed.embedding", run.Out);
        Assert.Contains("BF16", run.Out);
        Assert.Contains("PyTorch legacy", run.Out);
        Assert.Contains("No problems", run.Out);
    }

    [Theory]
    [InlineData("bad_os_system.pth", 2, "system")]
    [InlineData("bad_not_a_checkpoint.pth", 2, "neither like a PyTorch file")]
    [InlineData("bad_empty.pth", 2, "neither like a PyTorch file")]
    [InlineData("bad_truncated.pth", 2, "truncated")]
    [InlineData("bad_short_storage.pth", 2, "bytes")]
    public async Task Inspect_BadFile_OneLineAndTheRightCode(string name, int code, string reason)
    {
        var run = await Run("inspect", Golden(name));

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(reason, run.Error);
        Assert.Single(run.Error.Trim().Split('\n'));
        Assert.False(File.Exists("/tmp/pwned"));
    }

    [Fact]
    public async Task Inspect_ChangedWeights_ListsTheTensorAndFails()
    {
        var bytes = File.ReadAllBytes(Golden("no_optimizer.pth"));
        using (var file = PyTorchFile.Open(Golden("no_optimizer.pth")))
        {
            var first = file.Read(
                (PyTorchTensor)((PickleDictionary)((PickleDictionary)file.Root!).Find("model_state_dict")!).GetAt(0).Value!);
            bytes[bytes.AsSpan().IndexOf(first)] ^= 1;
        }
        File.WriteAllBytes(_directory["changed.pth"], bytes);

        var run = await Run("inspect", _directory["changed.pth"], "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("checksum", Assert.Single(run.Json.GetProperty("problems").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task Inspect_SeveralModelsInOneFile_SaysWhichIsTakenAndHowToChoose()
    {
        static TensorContent Content(byte value) => new(TensorType.U8, [1], stream => stream.WriteByte(value));
        using (var stream = File.Create(_directory["own.pt"]))
        {
            PyTorchWriter.Write(stream, new PickleDictionary
            {
                ["model"] = new PickleDictionary(isOrderedDict: true) { ["encoder._orig_mod.weight"] = Content(1) },
                ["ema"] = new PickleDictionary(isOrderedDict: true) { ["encoder.weight"] = Content(2) },
                ["discriminator"] = new PickleDictionary { ["weight"] = Content(3) },
            });
        }

        var plain = await Run("inspect", _directory["own.pt"]);
        var json = await Run("inspect", _directory["own.pt"], "--weights", "ema", "--json");
        var unknown = await Run("inspect", _directory["own.pt"], "--weights", "emma");

        Assert.Equal(0, plain.ExitCode);
        Assert.Contains("averaged weights under 'ema'", plain.Out);
        Assert.Contains("'discriminator' (1 tensors)", plain.Out);
        Assert.Contains("--weights KEY", plain.Out);
        Assert.Contains("'_orig_mod'", plain.Out);
        Assert.Equal("ema", json.Json.GetProperty("layout").GetString());
        Assert.Equal(
            ["model", "ema", "discriminator"],
            json.Json.GetProperty("weights").EnumerateArray().Select(w => w.GetProperty("key").GetString()));
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("--weights can name 'model', 'ema', 'discriminator'", unknown.Error);
    }

    [Fact]
    public async Task Inspect_UnknownName_SuggestsTheRun()
    {
        Directory.CreateDirectory(Path.Combine(_directory["home"], "artifacts", "runs", "my-run"));

        var run = await Run("inspect", "my-rum");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("did you mean the run 'my-run'?", run.Error);
    }

    [Theory]
    [InlineData("legacy.pth", "copy.pth", true)]
    [InlineData("numpy_lr.pth", "copy.pth", true)]
    [InlineData("zip.pth", "copy.safetensors", true)]
    [InlineData("prefixed.pth", "copy.safetensors", false)]
    [InlineData("zip.safetensors", "copy.pth", false)]
    [InlineData("maskgit_tied.pth", "copy.pt", false)]
    public async Task Export_AnyFile_HoldsTheSame(string from, string to, bool optimizer)
    {
        var run = await Run(
            ["export", Golden(from), "--out", _directory[to], "--json", .. optimizer ? ["--optimizer"] : Array.Empty<string>()]);

        Assert.True(run.ExitCode == 0, run.Error);
        using var expected = ReferenceCheckpoint.Open(Golden(from));
        using var actual = ReferenceCheckpoint.Open(_directory[to]);
        Assert.Equal(expected.Iter, actual.Iter);
        Assert.Equal(expected.Model.Select(Content), actual.Model.Select(Content));
        Assert.Equal(optimizer, actual.Optimizer is not null);
        if (!optimizer) return;
        Assert.Equal(expected.Optimizer!.State.Keys, actual.Optimizer!.State.Keys);
        Assert.Equal(
            expected.Optimizer.State.Values.Select(m => (m.Step, Content(m.First), Content(m.Second))),
            actual.Optimizer.State.Values.Select(m => (m.Step, Content(m.First), Content(m.Second))));
        Assert.Equal(
            expected.Optimizer.Groups.Select(g => (g.LearningRate, g.Beta1, g.Beta2, g.WeightDecay, g.Parameters.Count)),
            actual.Optimizer.Groups.Select(g => (g.LearningRate, g.Beta1, g.Beta2, g.WeightDecay, g.Parameters.Count)));
    }

    [Fact]
    public async Task Export_TiedWeightsHeldTwice_ShareAStorageAgain()
    {
        await Run("export", Golden("maskgit_tied.safetensors"), "--out", _directory["tied.pth"]);

        using var checkpoint = ReferenceCheckpoint.Open(_directory["tied.pth"]);
        Assert.Equal(
            ["tok_emb.weight", "head.weight"],
            Assert.Single(checkpoint.Model.GroupBy(t => t.Identity), g => g.Count() > 1).Select(t => t.Name));
    }

    [Theory]
    [InlineData("x.onnx", null, "End the name with")]
    [InlineData("x.pth", "--ema", "no averaged weights")]
    [InlineData("x.pth", "--optimizer", "no optimizer")]
    [InlineData("missing/x.pth", null, "there is no directory")]
    public async Task Export_WhatCannotBe_ExitsWith2(string to, string? option, string reason)
    {
        var run = await Run(
            ["export", Golden("no_optimizer.pth"), "--out", _directory[to], .. option is null ? Array.Empty<string>() : [option]]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(reason, run.Error);
        Assert.False(File.Exists(_directory[to]));
    }

    [Theory]
    [InlineData("zip.pth")]
    [InlineData("prefixed.pth")]
    [InlineData("bf16.pth")]
    [InlineData("zip.safetensors")]
    public async Task Import_ReferenceCheckpoint_WritesWeightsThatSayHowTheyAreBuilt(string name)
    {
        var run = await Run(
            ["import", Golden(name), "--preset", "pgm-smoke", "--out", _directory["weights.safetensors"], "--json", .. MicroSettings]);

        Assert.True(run.ExitCode == 0, run.Error);
        using var weights = SafetensorsFile.Open(_directory["weights.safetensors"]);
        using var source = ReferenceCheckpoint.Open(Golden(name));
        Assert.Equal(source.Model.Select(t => (t.Name, TensorType.F32)), weights.Entries.Select(e => (e.Name, e.Type)));
        Assert.Contains("\"compatReference\":true", weights.Metadata["specification"]);
        if (source.Model[0].Type == TensorType.F32)
            Assert.Equal(source.Model.Select(Content), weights.Entries.Select(e => Content(CheckpointTensor.Of(e.Name, weights, e))));
    }

    [Fact]
    public async Task Import_CompatSwitchedOff_StaysOff()
    {
        await Run(
            ["import", Golden("zip.pth"), "--preset", "pgm-smoke", "--out", _directory["weights.safetensors"], .. MicroSettings, "--set",
                "model.compatReference=false"]);

        using var weights = SafetensorsFile.Open(_directory["weights.safetensors"]);
        Assert.Contains("\"compatReference\":false", weights.Metadata["specification"]);
    }

    [Theory]
    [InlineData("bad_wrong_shape.pth", "instead of")]
    [InlineData("bad_missing_and_unexpected_key.pth", "unexpected.weight is not part of the model")]
    [InlineData("vq_model.pt", "encoder.conv_in.weight is not part of the model")]
    public async Task Import_WrongModel_ExitsWith2AndWritesNothing(string name, string reason)
    {
        using var config = System.Text.Json.JsonDocument.Parse(File.ReadAllText(GoldenData.Require(MicroConfig)));
        string[] sizes = ["--set", $"model.codebook={config.RootElement.GetProperty("codebook_size")}", "--set",
            $"model.classes={config.RootElement.GetProperty("nb_class")}"];

        var run = await Run(
            ["import", Golden(name), "--preset", "pgm-smoke", "--out", _directory["weights.safetensors"], .. MicroSettings, .. sizes]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(reason, run.Error);
        Assert.False(File.Exists(_directory["weights.safetensors"]));
    }

    private Task<CliRun> Run(params string[] args) => CliRun.Of(new FakeCluster(), ["checkpoint", .. args, "--home", _directory["home"]]);

    private static string Golden(string name) => GoldenData.Require($"checkpoints/{name}");

    private static string Content(CheckpointTensor tensor)
    {
        using var stream = new MemoryStream();
        tensor.CopyTo(stream);
        return $"{tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..]} {tensor.Type} [{string.Join(',', tensor.Shape)}] "
            + $"{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(stream.ToArray()))}";
    }
}
