using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

[Trait("Category", "Golden")]
public class PartitionTransformerGoldenTests() : PartitionTransformerGolden(GoldenDevice.Cpu)
{
    [Fact]
    public void StateDict_PgmTiny_HasReferenceNamesShapesAndOrder()
    {
        using var model = new PartitionTransformer(PartitionConfig.Read(GoldenFiles.Json("pgm_tiny/config.json")), seed: null);
        var expected = GoldenFiles.Json("pgm_tiny/state_layout.json").EnumerateArray()
            .Select(
                e => $"{e.GetProperty("name").GetString()} "
                + $"[{string.Join(',', e.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()))}]");
        Assert.Equal(expected, StateDict.Of(model).Entries.Select(e => $"{e.Name} [{string.Join(',', e.Tensor.shape)}]"));
    }
}

public abstract class PartitionTransformerGolden(GoldenDevice device)
{
    protected Device Device { get; } = device.Require();

    public static TheoryData<string> Variants()
    {
        var data = new TheoryData<string>();
        foreach (var file in GoldenData.Files("pgm_variants").Where(f => f.EndsWith(".config.json", StringComparison.Ordinal)))
            data.Add(file[..^".config.json".Length]);
        if (data.Count == 0) data.Add("(none)");
        return data;
    }

    [Fact]
    public void Forward_PgmTiny_MatchesReferenceStepByStep()
    {
        using var scope = NewDisposeScope();
        using var model = PgmTiny(Device);
        using var golden = GoldenFiles.Open("pgm_tiny/train_forward.safetensors");
        var seen = new List<string>();
        var logits = model.Forward(
            golden.On(Device, "x"), golden.On(Device, "group_idxs").to_type(@bool), golden.On(Device, "y"), golden.On(Device, "drop_label"),
            observe: (name, value) =>
            {
                if (!golden.Contains("inter." + name)) return;
                GoldenFiles.Close(golden.On(Device, "inter." + name), value, what: name);
                seen.Add("inter." + name);
            });
        GoldenFiles.Close(golden.On(Device, "logits"), logits, what: "logits");
        Assert.Equal(
            golden.Entries.Select(e => e.Name).Where(n => n.StartsWith("inter.", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Loss_PgmTiny_MatchesReferenceWithGradients()
    {
        using var scope = NewDisposeScope();
        using var model = PgmTiny(Device);
        using var golden = GoldenFiles.Open("pgm_tiny/train_forward.safetensors");
        using var gradients = GoldenFiles.Open("pgm_tiny/train_grads.safetensors");
        var (x, groups, y, drop) = (golden.On(Device, "x"), golden.On(Device, "group_idxs").to_type(@bool), golden.On(Device, "y"),
            golden.On(Device, "drop_label"));

        var loss = model.Loss(x, groups, y, drop);
        loss.backward();

        GoldenFiles.Close(golden.On(Device, "loss").squeeze(), loss, 1e-5, 0, "loss");
        var accuracy = model.ImageLogits(x, groups, y, drop).argmax(-1).eq(x.narrow(1, 1, x.shape[1] - 1)).to_type(float32).mean();
        GoldenFiles.Close(golden.On(Device, "accuracy").squeeze(), accuracy, 1e-6, 0, "accuracy");
        var squares = 0.0;
        foreach (var (name, parameter, _) in StateDict.Of(model).Parameters)
        {
            GoldenFiles.Close(gradients.Tensor(name), parameter.grad!, 2e-6, 1e-3, name);
            squares += parameter.grad!.to_type(float64).square().sum().item<double>();
        }
        GoldenFiles.Close(
            golden.On(Device, "grad_norm").squeeze(), tensor(Math.Sqrt(squares), device: Device), 1e-5, 1e-4, "gradient norm");
    }

    [Fact]
    public void Predict_PgmTiny_MatchesReference()
    {
        using var model = PgmTiny(Device);
        using var golden = GoldenFiles.Open("pgm_tiny/inference.safetensors");
        Assert.All(InferenceCases(golden), name => CheckInference(model, golden, name));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void ForwardAndPredict_Variant_MatchReference(string variant)
    {
        using var golden = GoldenFiles.Open($"pgm_variants/{variant}.safetensors");
        var settings = PartitionConfig.Read(GoldenFiles.Json($"pgm_variants/{variant}.config.json"));
        using var model = new PartitionTransformer(settings, seed: null, Device);
        WeightsFile.Load(StateDict.Of(model), golden, "state.");
        using var scope = NewDisposeScope();
        if (golden.Contains("train.logits"))
        {
            var logits = model.Forward(
                golden.On(Device, "train.x"), golden.On(Device, "train.group_idxs").to_type(@bool), golden.On(Device, "train.y"),
                golden.On(Device, "train.drop_label"));
            GoldenFiles.Close(golden.On(Device, "train.logits"), logits, what: "training");
            var images = model.ImageLogits(
                golden.On(Device, "train.x"), golden.On(Device, "train.group_idxs").to_type(@bool), golden.On(Device, "train.y"),
                golden.On(Device, "train.drop_label"));
            GoldenFiles.Close(
                golden.On(Device, "train.logits").narrow(1, 1, settings.Tokens).narrow(2, 0, settings.Codebook),
                images.narrow(2, 0, settings.Codebook), what: "image positions alone");
        }
        Assert.All(InferenceCases(golden), name => CheckInference(model, golden, name));
    }

    [Fact]
    public void Predict_LearnedQueriesWithSeveralImages_WorksWhereTheReferenceCrashes()
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open("pgm_variants/query_learn.safetensors");
        using var model = new PartitionTransformer(
            PartitionConfig.Read(GoldenFiles.Json("pgm_variants/query_learn.config.json")), seed: null, Device);
        WeightsFile.Load(StateDict.Of(model), golden, "state.");
        var one = model.Predict(golden.On(Device, "single.x"), golden.On(Device, "single.clean_positions"), golden.On(
            Device, "single.noisy_positions"),
            golden.On(Device, "single.concrete_lengths"),
            model.Condition(golden.On(Device, "single.y"), golden.On(Device, "single.drop_label")));
        Tensor Twice(string name) => cat([golden.On(Device, name), golden.On(Device, name)], 0);
        var two = model.Predict(Twice("single.x"), Twice("single.clean_positions"), Twice("single.noisy_positions"),
            Twice("single.concrete_lengths"), model.Condition(Twice("single.y"), Twice("single.drop_label")));
        GoldenFiles.Close(cat([one, one], 0), two);
    }

    internal static PartitionTransformer PgmTiny(Device device) =>
        (PartitionTransformer)GoldenModels.Of("pgm_tiny/state.safetensors", device);

    /// <summary>The names of the inference cases of a file for which the reference gave logits.</summary>
    internal static string[] InferenceCases(SafetensorsFile golden)
    {
        const string Ending = ".clean_positions";
        string[] names = [.. golden.Entries.Where(e => e.Name.EndsWith(Ending,
            StringComparison.Ordinal)).Select(e => e.Name[..^Ending.Length]).Where(n => golden.Contains(n + ".logits"))];
        Assert.NotEmpty(names);
        return names;
    }

    private void CheckInference(PartitionTransformer model, SafetensorsFile golden, string name)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var logits = model.Predict(
            golden.On(Device, name + ".x"), golden.On(Device, name + ".clean_positions"), golden.On(Device, name + ".noisy_positions"),
            golden.On(Device, name + ".concrete_lengths"),
            model.Condition(golden.On(Device, name + ".y"), golden.On(Device, name + ".drop_label")));
        GoldenFiles.Close(golden.On(Device, name + ".logits"), logits, what: name);
    }
}
