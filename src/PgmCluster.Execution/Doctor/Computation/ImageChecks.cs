using System.Text.Json.Nodes;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Metrics.Inception;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Tokenizer;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>The networks of pictures, with weights by formula: the tokenizer's two halves and the features of evaluations.</summary>
internal static class ImageChecks
{
    private static readonly (InceptionFeature Feature, string Name)[] Outputs =
    [
        (InceptionFeature.Pool64, "64"), (InceptionFeature.Pool192, "192"), (InceptionFeature.Pool768, "768"),
        (InceptionFeature.Pool2048, "2048"), (InceptionFeature.LogitsUnbiased, "logits_unbiased"),
    ];

    public static Comparison Tokenizer(SafetensorsFile file, Device device, ComputeMode mode)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = new VqTokenizer(SpecificationJson.Read<VqSettings>(JsonNode.Parse(file.Metadata["model"])!), seed: null, device);
        var state = StateDict.Of(model);
        Fill(state, file);
        model.ComputeType = mode.Type;
        var comparison = new Comparison();
        void Add(string what, string name, Tensor actual)
        {
            var expected = WeightsFile.Read(file, name);
            comparison.Add(what, expected, actual, Bound(state, mode, expected), 1e-4);
        }
        var (images, codes) = (WeightsFile.Read(file, "x").to(device), WeightsFile.Read(file, "codes"));
        Add("latents", "h", model.Latents(images));
        Add("decoded pixels", "decoded", model.Decode(codes.to(device)));
        // The nearest code is no continuous function; in float32 none of the recorded ones was close.
        var different = HostRead.Scalar<long>(codes.ne(HostRead.Copy(model.Tokenize(images))).sum());
        if (mode.Rounding == 0) comparison.Add("codes", different, 0, 0.5);
        return comparison;
    }

    public static Comparison Inception(SafetensorsFile file, Device device, ComputeMode mode)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var network = new InceptionNetwork(device);
        var state = StateDict.Of(network);
        Fill(state, file);
        var comparison = new Comparison();
        var outputs = network.Forward(WeightsFile.Read(file, "resized_u8").to(device), [.. Outputs.Select(o => o.Feature)]);
        foreach (var (feature, name) in Outputs)
        {
            var expected = WeightsFile.Read(file, "features." + name);
            comparison.Add($"features {name}", expected, outputs[feature], Bound(state, mode, expected), 1e-4);
        }
        return comparison;
    }

    private static double Bound(StateDict state, ComputeMode mode, Tensor expected) =>
        5e-5 + mode.OfOutputs(state, expected.numel()) * HostRead.Scalar<float>(expected.abs().max());

    private static void Fill(StateDict state, SafetensorsFile file)
    {
        var fill = JsonNode.Parse(file.Metadata["fill"])!;
        FormulaWeights.Fill(state, fill["gain"]!.GetValue<double>(), fill["phase"]!.GetValue<double>());
    }
}
