using System.Text;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;
using PgmCluster.Data.Safetensors;
using PgmCluster.Data.Tests.PyTorch;

namespace PgmCluster.Data.Tests.Checkpoints;

/// <summary>Where trainers put a model's weights, and their averages, in a file.</summary>
public sealed class CheckpointLayoutTests : IDisposable
{
    private static readonly string[] Names = ["encoder.weight", "encoder.norm.bias"];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("ema")]
    [InlineData("state_dict_ema")]
    [InlineData("model_ema")]
    [InlineData("checkpoint.ema_params")]
    public void Open_AveragedWeightsAlone_AreTheWeightsAndSaid(string key)
    {
        object content = key.Split('.').Reverse().Aggregate((object)State(1), (inner, part) => new PickleDictionary { [part] = inner });

        using var checkpoint = Open((PickleDictionary)content);

        Assert.Equal((key, 1), (checkpoint.Layout, First(checkpoint.Model)));
        Assert.Empty(checkpoint.Average);
        Assert.Contains(checkpoint.Notes, n => n.Contains($"'{key}'") && n.Contains("averaged"));
    }

    [Theory]
    [InlineData("model", "ema")]
    [InlineData("state_dict", "state_dict_ema")]
    [InlineData("model", "model_ema")]
    public void Open_AveragedWeightsBesideTheModel_AreBothThere(string key, string averaged)
    {
        var content = new PickleDictionary { [key] = State(1), [averaged] = State(2), ["discriminator"] = State(3), ["steps"] = 5L };

        using var checkpoint = Open(content);
        using var chosen = Open(content, averaged);
        using var third = Open(content, "discriminator");

        Assert.Equal((key, 1, 2), (checkpoint.Layout, First(checkpoint.Model), First(checkpoint.Average)));
        Assert.Contains(checkpoint.Notes, n => n.Contains($"'{averaged}'"));
        Assert.Equal([key, averaged, "discriminator"], checkpoint.Sets.Select(s => s.Key));
        Assert.Equal((averaged, 2, 0), (chosen.Layout, First(chosen.Model), chosen.Average.Count));
        Assert.Equal(3, First(third.Model));
    }

    [Fact]
    public void Open_KeyThatIsNotThere_NamesThoseThatAre()
    {
        var error = Assert.Throws<BadInputException>(() => Open(new PickleDictionary { ["model"] = State(1), ["ema"] = State(2) }, "best"));

        Assert.Contains("'best'", error.Message);
        Assert.Contains("'model', 'ema'", error.Message);
    }

    [Fact]
    public void Open_SeveralKeysThatSayNothing_AsksForOne()
    {
        var error = Assert.Throws<BadInputException>(() => Open(new PickleDictionary { ["first"] = State(1), ["second"] = State(2) }));

        Assert.Contains("'first', 'second'", error.Message);
        Assert.Contains("--weights KEY", error.Message);
    }

    [Theory]
    [InlineData("module.{0}")]
    [InlineData("_orig_mod.module.{0}")]
    [InlineData("encoder._orig_mod.{1}")]
    [InlineData("encoder.module._orig_mod.{1}")]
    public void Open_WrappersInNames_AreTakenOutWhereverTheyAreASegment(string form)
    {
        var state = new PickleDictionary();
        foreach (var name in Names)
            state[string.Format(System.Globalization.CultureInfo.InvariantCulture, form, name, name["encoder.".Length..])] = Content(1);
        state["encoder.module_list.scale"] = Content(1);

        using var checkpoint = Open(state);

        Assert.Equal([.. Names, "encoder.module_list.scale"], checkpoint.Model.Select(t => t.Name));
        Assert.Contains(checkpoint.Notes, n => n.Contains("taken out of the names"));
    }

    [Fact]
    public void Fit_LightningModule_FindsTheModelAndItsAverageBehindPrefixes()
    {
        var state = new PickleDictionary();
        foreach (var name in Names) state[$"first_stage_model.{name}"] = Content(1);
        foreach (var name in Names) state[$"model_ema.{name.Replace(".", "")}"] = Content(2);
        state["loss.discriminator.weight"] = Content(3);

        using var checkpoint = Open(new PickleDictionary { ["state_dict"] = state });
        var fit = CheckpointFit.Of(checkpoint, Names);

        Assert.Equal(Names, fit.Model.Select(t => t.Name));
        Assert.Equal(Names, fit.Average.Select(t => t.Name));
        Assert.Equal((1, 2), (First(fit.Model), First(fit.Average)));
        Assert.Contains(fit.Notes, n => n.Contains("'first_stage_model.'"));
        Assert.Contains(fit.Notes, n => n.Contains("'model_ema.'"));
        Assert.Contains(fit.Notes, n => n.Contains("1 tensors"));
        Assert.Contains(checkpoint.Notes, n => n.Contains("'first_stage_model.' (2 tensors)") && n.Contains("averaged"));
    }

    [Fact]
    public void Fit_SurplusAmongTheModelsNames_IsKeptForTheList()
    {
        var state = State(1);
        state["encoder.other.weight"] = Content(1);
        state["loss.weight"] = Content(1);

        using var checkpoint = Open(state);

        Assert.Equal([.. Names, "encoder.other.weight"], CheckpointFit.Of(checkpoint, Names).Model.Select(t => t.Name));
    }

    [Fact]
    public void Fit_TensorOfAnUnreadType_OnlyMattersWhereItIsNeeded()
    {
        const string Header = """{"encoder.weight":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},"encoder.norm.bias":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""";
        using var checkpoint = ReferenceCheckpoint.Open(Safetensors("f8.safetensors", Header, 4));

        Assert.Equal("encoder.norm.bias", Assert.Single(CheckpointFit.Of(checkpoint, ["encoder.norm.bias"]).Model).Name);
        var error = Assert.Throws<BadInputException>(() => CheckpointFit.Of(checkpoint, Names));
        Assert.Contains("encoder.weight is F8_E4M3", error.Message);
    }

    [Fact]
    public void Open_Index_FollowsTheShards()
    {
        var index = Sharded();

        using var checkpoint = ReferenceCheckpoint.Open(index);
        using var folder = ReferenceCheckpoint.Open(_directory.Path);

        Assert.Equal(["a", "b"], checkpoint.Model.Select(t => t.Name));
        Assert.Equal(["a", "b"], folder.Model.Select(t => t.Name));
        Assert.Contains("2 shards", checkpoint.Container);
        Assert.Empty(checkpoint.Problems);
    }

    [Fact]
    public void Open_LoneShard_IsAProblemThatNamesTheIndex()
    {
        Sharded();

        using var checkpoint = ReferenceCheckpoint.Open(_directory.File("model-00001-of-00002.safetensors"));

        Assert.Contains("shard 1 of 2", Assert.Single(checkpoint.Problems));
        Assert.Contains("model.safetensors.index.json", checkpoint.Problems[0]);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"gone.safetensors"}}""", "gone.safetensors, which is not beside it")]
    [InlineData("""{"weight_map":{"a":"../model-00001-of-00002.safetensors"}}""", "no file beside it")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "no file beside it")]
    [InlineData("""{"weight_map":{"a":7}}""", "no file beside it")]
    [InlineData("""{"weight_map":{"c":"model-00001-of-00002.safetensors"}}""", "lack c in")]
    [InlineData("""{"weight_map":{}}""", "empty")]
    [InlineData("""{"weight_map":[]}""", "no 'weight_map'")]
    [InlineData("""{"weight_map":{""", "no JSON")]
    public void Open_WrongIndex_SaysWhatIsWrongInOneLine(string json, string reason)
    {
        var index = Sharded();
        File.WriteAllText(index, json);

        var error = Assert.ThrowsAny<Exception>(() => ReferenceCheckpoint.Open(index));

        Assert.True(error is BadInputException or DataCorruptException, error.ToString());
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    private string Sharded()
    {
        Safetensors("model-00001-of-00002.safetensors", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1);
        Safetensors("model-00002-of-00002.safetensors", """{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1);
        return _directory.Write("model.safetensors.index.json", Encoding.UTF8.GetBytes(
            """{"metadata":{"total_size":2},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}"""));
    }

    private string Safetensors(string name, string header, int dataBytes) =>
        _directory.Write(
            name,
            [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header),
                .. new byte[dataBytes]]);

    private ReferenceCheckpoint Open(PickleDictionary content, string? weights = null) =>
        ReferenceCheckpoint.Open(_directory.Write("file.ckpt", PickleFiles.Zip((object)content)), weights);

    private static PickleDictionary State(byte value)
    {
        var state = new PickleDictionary(isOrderedDict: true);
        foreach (var name in Names) state[name] = Content(value);
        return state;
    }

    private static TensorContent Content(byte value) => new(TensorType.U8, [2], stream => stream.Write([value, value]));

    private static int First(IReadOnlyList<CheckpointTensor> tensors)
    {
        var bytes = new byte[2];
        tensors[0].Read(0, bytes);
        return bytes[0];
    }
}
