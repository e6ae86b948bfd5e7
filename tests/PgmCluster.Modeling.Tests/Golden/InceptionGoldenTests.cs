using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Metrics.Inception;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

[Trait("Category", "Golden")]
public class InceptionGoldenTests() : InceptionGolden(GoldenDevice.Cpu)
{
    [Fact]
    public void StateDict_Network_HasReferenceLayout()
    {
        using var network = new InceptionNetwork();
        var layout = GoldenFiles.Json("inception/layout.json");
        var expected = layout.GetProperty("state").EnumerateArray()
            .Select(
                e => $"{e.GetProperty("name").GetString()} "
                + $"[{string.Join(',', e.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()))}] "
                + $"{e.GetProperty("dtype").GetString()}");
        var state = StateDict.Of(network);
        Assert.Equal(
            expected, state.Entries.Select(e => $"{e.Name} [{string.Join(',', e.Tensor.shape)}] {TensorTypes.Of(e.Tensor.dtype)}"));
        Assert.Equal(layout.GetProperty("parameters").GetInt64(), state.Parameters.Sum(e => e.Tensor.numel()));
    }
}

public abstract class InceptionGolden(GoldenDevice device)
{
    protected Device Device { get; } = device.Require();

    private const string File = "inception/inception.safetensors";

    private static readonly (InceptionFeature Feature, string Name)[] Outputs =
    [
        (InceptionFeature.Pool64, "64"), (InceptionFeature.Pool192, "192"), (InceptionFeature.Pool768, "768"),
        (InceptionFeature.Pool2048, "2048"), (InceptionFeature.LogitsUnbiased, "logits_unbiased"), (InceptionFeature.Logits, "logits"),
    ];

    [Theory]
    [InlineData("small")]
    [InlineData("big")]
    public void Forward_FormulaWeights_MatchesReference(string prefix)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var golden = GoldenFiles.Open(File);
        var pixels = golden.On(Device, $"{prefix}.resized_u8");
        using var network = Filled(golden);
        var outputs = network.Forward(pixels, [.. Outputs.Select(o => o.Feature)]);
        foreach (var (feature, name) in Outputs)
        {
            var expected = golden.On(Device, $"{prefix}.features.{name}").narrow(0, 0, pixels.shape[0]);
            GoldenFiles.Close(expected, outputs[feature], what: $"{prefix} {name}");
        }
    }

    [Fact]
    public void Bilinear_TensorFlowResize_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open(File);
        foreach (var entry in golden.Entries.Where(e => e.Name.StartsWith("tf_resize.output_", StringComparison.Ordinal)))
        {
            var size = entry.Shape[^2..];
            GoldenFiles.Close(
                golden.On(Device, entry.Name), TensorFlowResize.Bilinear(golden.On(Device, "tf_resize.input"), (int)size[0], (int)size[1]),
                1e-6, 1e-6, entry.Name);
        }
    }

    private InceptionNetwork Filled(SafetensorsFile golden)
    {
        var network = new InceptionNetwork(Device);
        var state = StateDict.Of(network);
        var names = GoldenFiles.Json("inception/digest_names.json").EnumerateArray().Select(n => n.GetString()!).ToArray();
        using var scope = NewDisposeScope();
        var (gain, phase) = FillOf(golden);
        FormulaWeights.Fill(state, gain, phase);
        var head = golden.On(Device, "state_head");
        for (var i = 0; i < names.Length; i++)
        {
            var flat = state[names[i]].detach().to_type(float64).flatten();
            var heads = Math.Min(16, flat.shape[0]);
            GoldenFiles.Close(head[i].narrow(0, 0, heads), flat.narrow(0, 0, heads), 1e-7, 1e-6, names[i]);
        }
        return network;
    }

    /// <summary>Gain and phase of the formula, which no file states.</summary>
    internal static (double Gain, double Phase) FillOf(SafetensorsFile golden)
    {
        using var scope = NewDisposeScope();
        using var network = new InceptionNetwork();
        var head = golden.Tensor("state_head");
        var (amplitude, phase) = FormulaPhase.Of(head[0][0].item<double>(), head[0][1].item<double>());
        var kernel = StateDict.Of(network).Entries[0].Tensor;
        return (Math.Round(amplitude * Math.Sqrt(kernel.numel() / kernel.shape[0]), 4), phase);
    }
}
