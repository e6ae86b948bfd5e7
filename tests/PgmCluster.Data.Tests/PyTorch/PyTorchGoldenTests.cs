using System.Text.Json;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.Safetensors;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.PyTorch;

[Trait("Category", "Golden")]
public class PyTorchGoldenTests
{
    private const string Set = "checkpoints";

    // "none" keeps a theory without files from being an error: it is then skipped by name instead.
    public static TheoryData<string> WithTwin =>
        Names(name => GoldenData.Files(Set).Contains(Path.ChangeExtension(name, ".json")) && !name.StartsWith("odd_"));

    public static TheoryData<string> Odd => Names(name => name.StartsWith("odd_"));

    // These two are whole files; what is wrong with them shows only beside a model.
    public static TheoryData<string> Bad =>
        Names(name => name.StartsWith("bad_") && !name.Contains("wrong_shape") && !name.Contains("missing_and"));

    [Theory]
    [MemberData(nameof(WithTwin))]
    public void Open_GenuineCheckpoint_EqualsItsTwin(string name)
    {
        using var actual = ReferenceCheckpoint.Open(GoldenData.Require($"{Set}/{name}"));
        using var expected = ReferenceCheckpoint.Open(GoldenData.Require($"{Set}/{Path.ChangeExtension(name, ".safetensors")}"));
        using var json = JsonDocument.Parse(File.ReadAllText(GoldenData.Require($"{Set}/{Path.ChangeExtension(name, ".json")}")));

        Assert.Empty(actual.Problems);
        Assert.Equal(json.RootElement.GetProperty("iter").GetInt64(), actual.Iter);
        Assert.Equal(json.RootElement.GetProperty("global_epoch").GetInt64(), actual.GlobalEpoch);
        Assert.Equal(name.Contains("legacy") ? "PyTorch legacy" : "PyTorch zip", actual.Container);
        Assert.Equal("model_state_dict", actual.Layout);
        Assert.Equal(
            json.RootElement.GetProperty("model_keys").EnumerateArray().Select(
                k => $"{k[0].GetString()!.Replace("module.", "").Replace("_orig_mod.", "")} "
                    + $"{k[1].GetRawText().ReplaceLineEndings("").Replace(" ", "")} {k[2]}"),
            actual.Model.Select(t => $"{t.Name} [{string.Join(',', t.Shape)}] {t.Type.SafetensorsName()}"));
        Assert.Equal(expected.Iter, actual.Iter);
        Assert.Equal(expected.Model.Select(t => t.Name), actual.Model.Select(t => t.Name));
        foreach (var (e, a) in expected.Model.Zip(actual.Model)) Equal(e, a);
        OptimizerEquals(json.RootElement.GetProperty("optimizer"), expected.Optimizer, actual.Optimizer);
    }

    [Fact]
    public void Open_PublishedTokenizer_EqualsItsTwin()
    {
        using var actual = ReferenceCheckpoint.Open(GoldenData.Require($"{Set}/vq_model.pt"));
        using var expected = ReferenceCheckpoint.Open(GoldenData.Require("vq_tiny/vqmicro.state.safetensors"));

        Assert.Equal("model", actual.Layout);
        Assert.Equal(expected.Model.Select(t => t.Name), actual.Model.Select(t => t.Name));
        foreach (var (e, a) in expected.Model.Zip(actual.Model)) Equal(e, a);
    }

    [Fact]
    public void Open_BareStateDict_EqualsItsTwin()
    {
        using var actual = ReferenceCheckpoint.Open(GoldenData.Require("pgm_tiny/state.pth"));
        using var expected = ReferenceCheckpoint.Open(GoldenData.Require("pgm_tiny/state.safetensors"));

        Assert.Equal("", actual.Layout);
        Assert.Equal(expected.Model.Select(t => t.Name), actual.Model.Select(t => t.Name));
        foreach (var (e, a) in expected.Model.Zip(actual.Model)) Equal(e, a);
    }

    [Fact]
    public void Open_TiedWeights_ShareTheirStorage()
    {
        using var checkpoint = ReferenceCheckpoint.Open(GoldenData.Require($"{Set}/maskgit_tied.pth"));

        var tied = checkpoint.Model.GroupBy(t => t.Identity).Where(g => g.Count() > 1).Select(g => g.Select(t => t.Name)).ToList();

        Assert.Equal(["tok_emb.weight", "head.weight"], Assert.Single(tied));
    }

    [Theory]
    [MemberData(nameof(Odd))]
    public void Open_OddTensors_EqualTheTwinExactly(string name)
    {
        using var file = PyTorchFile.Open(GoldenData.Require($"{Set}/{name}"));
        using var twin = SafetensorsFile.Open(GoldenData.Require($"{Set}/odd_tensors.safetensors"));
        using var json = JsonDocument.Parse(File.ReadAllText(GoldenData.Require($"{Set}/odd_tensors.json")));
        var root = Assert.IsType<PickleDictionary>(file.Root);
        var tensors = Assert.IsType<PickleDictionary>(root.Find("tensors"));

        Assert.Equal(json.RootElement.GetProperty("order").EnumerateArray().Select(k => (object)k.GetString()!), tensors.Keys);
        foreach (var (key, value) in tensors)
        {
            var tensor = Assert.IsType<PyTorchTensor>(value);
            Assert.Equal(twin[$"{key}"].Type, tensor.Type);
            Assert.Equal(twin[$"{key}"].Shape, tensor.Shape);
            Assert.Equal(
                json.RootElement.GetProperty("strides").GetProperty($"{key}").EnumerateArray().Select(s => s.GetInt64()), tensor.Strides);
            Assert.Equal(json.RootElement.GetProperty("offsets").GetProperty($"{key}").GetInt64(), tensor.Offset);
            Assert.Equal(twin.Read($"{key}"), file.Read(tensor));
        }
        Assert.True(((PyTorchTensor)tensors.Find("transposed")!).IsShared);
        Assert.Same(((PyTorchTensor)tensors.Find("transposed")!).Storage, ((PyTorchTensor)tensors.Find("same_storage")!).Storage);
        Assert.Equal(json.RootElement.GetProperty("nested").GetProperty("step").GetInt64(), root.Find("step"));
        NestedEquals(json.RootElement.GetProperty("nested"), Assert.IsType<PickleDictionary>(root.Find("nested")));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void Open_BadFile_IsRefusedInOneLineAndRunsNothing(string name)
    {
        var path = GoldenData.Require($"{Set}/{name}");

        var error = Assert.ThrowsAny<Exception>(() =>
        {
            using var checkpoint = ReferenceCheckpoint.Open(path);
            foreach (var tensor in checkpoint.Model) tensor.CopyTo(Stream.Null);
        });

        Assert.True(error is BadInputException or DataCorruptException, $"{error.GetType().Name}: {error.Message}");
        Assert.Contains(Path.GetFileName(path), error.Message);
        Assert.DoesNotContain('\n', error.Message);
        if (name.Contains("os_system")) Assert.Contains("system", error.Message);
        Assert.False(File.Exists("/tmp/pwned"));
    }

    internal static void Equal(CheckpointTensor expected, CheckpointTensor actual)
    {
        Assert.Equal(expected.Type, actual.Type);
        Assert.Equal(expected.Shape, actual.Shape);
        var (e, a) = (new byte[expected.Length], new byte[actual.Length]);
        expected.Read(0, e);
        actual.Read(0, a);
        Assert.Equal(e, a);
    }

    private static void OptimizerEquals(JsonElement json, OptimizerContent? expected, OptimizerContent? actual)
    {
        if (json.ValueKind == JsonValueKind.Null)
        {
            Assert.Null(actual);
            return;
        }
        Assert.Equal(expected!.State.Keys.Order(), actual!.State.Keys.Order());
        foreach (var (index, state) in expected.State)
        {
            Assert.Equal(state.Step, actual.State[index].Step);
            Equal(state.First, actual.State[index].First);
            Equal(state.Second, actual.State[index].Second);
        }
        Assert.Equal(json.GetProperty("param_groups").GetArrayLength(), actual.Groups.Count);
        foreach (var (e, a) in json.GetProperty("param_groups").EnumerateArray().Zip(actual.Groups))
        {
            Assert.Equal(e.GetProperty("lr").GetDouble(), a.LearningRate);
            Assert.Equal(e.GetProperty("betas").EnumerateArray().Select(b => b.GetDouble()), [a.Beta1, a.Beta2]);
            Assert.Equal(e.GetProperty("eps").GetDouble(), a.Epsilon);
            Assert.Equal(e.GetProperty("weight_decay").GetDouble(), a.WeightDecay);
            Assert.Equal(e.GetProperty("params").EnumerateArray().Select(p => p.GetInt64()), a.Parameters);
        }
    }

    private static void NestedEquals(JsonElement expected, PickleDictionary actual)
    {
        Assert.Equal(expected.GetProperty("big_int").GetInt64(), actual.Find("big_int"));
        Assert.Equal(expected.GetProperty("neg_int").GetInt64(), actual.Find("neg_int"));
        Assert.Equal(expected.GetProperty("unicode").GetString(), actual.Find("unicode"));
        Assert.Equal(Convert.FromHexString(expected.GetProperty("bytes_hex").GetString()!), actual.Find("bytes"));
        var list = Assert.IsType<List<object?>>(actual.Find("list"));
        Assert.Equal(expected.GetProperty("list").GetRawText().ReplaceLineEndings("").Replace(" ", ""), JsonSerializer.Serialize(list));
    }

    private static TheoryData<string> Names(Func<string, bool> wanted)
    {
        var names = GoldenData.Files(Set).Where(n => Path.GetExtension(n) is ".pth" or ".pt" && wanted(n)).ToArray();
        return new TheoryData<string>(names.Length > 0 ? names : ["none"]);
    }
}
