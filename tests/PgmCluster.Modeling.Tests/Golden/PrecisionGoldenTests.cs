using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

[Trait("Category", "Golden")]
public class PrecisionGoldenTests() : PrecisionGolden(GoldenDevice.Cpu);

/// <summary>
/// bfloat16 against float32, on the golden models and inputs. The bounds follow from the format and the model, whatever its weights:
/// rounding to nearest makes a relative error that is spread evenly over one epsilon, of standard deviation epsilon / sqrt(12); a product
/// rounds both of its operands and sums in float32; independent errors of n products in a row add up as the root of their number; and the
/// largest of N errors is about sqrt(2 ln N) times the typical one. Layers that normalise and residuals keep the scale, so that no factor
/// comes in between.
/// </summary>
public abstract class PrecisionGolden(GoldenDevice device)
{
    protected Device Device { get; } = device.Require();

    /// <summary>From 1 to the next number of bfloat16, which has 7 bits after the point.</summary>
    private const double Epsilon = 1.0 / 128;

    public static TheoryData<string> PartitionVariants() => PartitionTransformerGolden.Variants();

    public static TheoryData<string> MaskGitVariants() => MaskGitGolden.Variants();

    public static TheoryData<string> Tokenizers() => VqTokenizerGolden.Tokenizers();

    [Fact]
    public void Forward_PgmTiny_IsNearFloat32AndNotEqual()
    {
        using var scope = NewDisposeScope();
        using var model = PartitionTransformerGolden.PgmTiny(Device);
        using var golden = GoldenFiles.Open("pgm_tiny/train_forward.safetensors");
        CheckNear(model, () => Logits(model, golden, ""));
    }

    [Theory, MemberData(nameof(PartitionVariants))]
    public void Predict_Variant_IsNearFloat32AndNotEqual(string variant)
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open($"pgm_variants/{variant}.safetensors");
        using var model = new PartitionTransformer(
            PartitionConfig.Read(GoldenFiles.Json($"pgm_variants/{variant}.config.json")), seed: null, Device);
        WeightsFile.Load(StateDict.Of(model), golden, "state.");
        if (golden.Contains("train.logits")) CheckNear(model, () => Logits(model, golden, "train."));
        foreach (var name in PartitionTransformerGolden.InferenceCases(golden))
        {
            CheckNear(model, () => model.Predict(
                golden.On(Device, name + ".x"), golden.On(Device, name + ".clean_positions"), golden.On(Device, name + ".noisy_positions"),
                golden.On(Device, name + ".concrete_lengths"),
                model.Condition(golden.On(Device, name + ".y"), golden.On(Device, name + ".drop_label"))));
        }
    }

    /// <summary>The bounds belong to the format and the model, not to one set of weights.</summary>
    [Theory]
    [InlineData(1.5, 0.4)]
    [InlineData(2, 4)]
    [InlineData(2, 5.5)]
    public void Forward_OtherWeights_IsNearFloat32AndNotEqual(double gain, double phase)
    {
        using var scope = NewDisposeScope();
        using var model = PartitionTransformerGolden.PgmTiny(Device);
        FormulaWeights.Fill(StateDict.Of(model), gain, phase);
        using var golden = GoldenFiles.Open("pgm_tiny/train_forward.safetensors");
        CheckNear(model, () => Logits(model, golden, ""));
        CheckLoss(
            model,
            dropout => model.Loss(
                golden.On(Device, "x"), golden.On(Device, "group_idxs").to_type(@bool), golden.On(Device, "y"),
                golden.On(Device, "drop_label"), dropout));
    }

    [Theory, MemberData(nameof(MaskGitVariants))]
    public void Forward_MaskGitTiny_IsNearFloat32AndNotEqual(string variant)
    {
        using var scope = NewDisposeScope();
        using var model = MaskGitGolden.Tiny(variant, Device);
        using var golden = GoldenFiles.Open($"maskgit_tiny/{variant}.forward.safetensors");
        CheckNear(model, () => model.Forward(golden.On(Device, "x"), golden.On(Device, "y"), golden.On(Device, "drop_label")));
    }

    [Theory, MemberData(nameof(Tokenizers))]
    public void Decode_Tokenizer_IsNearFloat32AndNotEqual(string name)
    {
        using var scope = NewDisposeScope();
        using var model = VqTokenizerGolden.Filled(name, Device);
        using var golden = GoldenFiles.Open($"vq_tiny/{name}.eval.safetensors");
        CheckNear(model, () => model.Latents(golden.On(Device, "x")));
        CheckNear(model, () => model.Decode(golden.On(Device, "codes")));
    }

    [Fact]
    public void Loss_PgmTiny_AndGradientsAreFloat32()
    {
        using var scope = NewDisposeScope();
        using var model = PartitionTransformerGolden.PgmTiny(Device);
        using var golden = GoldenFiles.Open("pgm_tiny/train_forward.safetensors");
        CheckLoss(
            model,
            dropout => model.Loss(
                golden.On(Device, "x"), golden.On(Device, "group_idxs").to_type(@bool), golden.On(Device, "y"),
                golden.On(Device, "drop_label"), dropout));
    }

    [Theory, MemberData(nameof(MaskGitVariants))]
    public void Loss_MaskGitTiny_AndGradientsAreFloat32(string variant)
    {
        using var scope = NewDisposeScope();
        using var model = MaskGitGolden.Tiny(variant, Device);
        using var golden = GoldenFiles.Open($"maskgit_tiny/{variant}.forward.safetensors");
        CheckLoss(
            model,
            dropout => model.Loss(
                golden.On(Device, "code"), golden.On(Device, "mask"), golden.On(Device, "y"), golden.On(Device, "drop_label"), dropout));
    }

    [Theory, MemberData(nameof(Tokenizers))]
    public void Loss_Tokenizer_IsFloat32WithFloat32Gradients(string name)
    {
        using var scope = NewDisposeScope();
        using var model = VqTokenizerGolden.Filled(name, Device);
        using var golden = GoldenFiles.Open($"vq_tiny/{name}.train.safetensors");
        model.ComputeType = ScalarType.BFloat16;

        var loss = model.Loss(golden.On(Device, "x")).Total;
        loss.backward();

        Assert.Equal(ScalarType.Float32, loss.dtype);
        Assert.All(StateDict.Of(model).Parameters, p => Assert.Equal(ScalarType.Float32, p.Tensor.grad!.dtype));
    }

    [Fact]
    public void Forward_WeightsWithoutGradient_GivesTheSameBitsWithKeptCopies()
    {
        using var scope = NewDisposeScope();
        using var model = PartitionTransformerGolden.PgmTiny(Device);
        using var golden = GoldenFiles.Open("pgm_tiny/train_forward.safetensors");
        model.ComputeType = ScalarType.BFloat16;
        var converted = Logits(model, golden, "");
        foreach (var parameter in model.parameters()) parameter.requires_grad = false;

        using (inference_mode()) GoldenFiles.Equal(converted, Logits(model, golden, ""), "copies made");
        GoldenFiles.Equal(converted, Logits(model, golden, ""), "copies kept");
    }

    /// <summary>Computes in bfloat16 between two computations in float32, which must be alike to the bit.</summary>
    private static void CheckNear(NamedModule model, Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var exact = compute();
        model.ComputeType = ScalarType.BFloat16;
        var rounded = compute();
        model.ComputeType = ScalarType.Float32;

        Assert.Equal(ScalarType.Float32, rounded.dtype);
        GoldenFiles.Close(exact, rounded, Scale(exact) * Tolerance(model, exact.numel()), 0, "bfloat16");
        Assert.True(rounded.ne(exact).any().item<bool>(), "bfloat16 gave the numbers of float32");
        GoldenFiles.Equal(exact, compute(), "float32 again");
    }

    private static void CheckLoss(NamedModule model, Func<Dropout?, Tensor> compute)
    {
        var parameters = StateDict.Of(model).Parameters.ToArray();
        compute(null).backward();
        var exact = parameters.Select(p => p.Tensor.grad!.clone()).ToArray();
        model.ComputeType = ScalarType.BFloat16;
        foreach (var (_, tensor, _) in parameters) tensor.grad!.zero_();

        var loss = compute(null);
        loss.backward();

        Assert.Equal(ScalarType.Float32, loss.dtype);
        var tolerance = GradientTolerance(model, parameters.Length);
        foreach (var ((name, tensor, _), expected) in parameters.Zip(exact))
        {
            Assert.Equal(ScalarType.Float32, tensor.dtype);
            Assert.Equal(ScalarType.Float32, tensor.grad!.dtype);
            var error = (tensor.grad! - expected).norm().item<float>() / Math.Max(expected.norm().item<float>(), 1e-6f);
            Assert.True(error < tolerance, $"{name}: gradient differs by {error:g3} of its norm, more than {tolerance:g3}");
        }
        var dropped = compute(new Dropout(0.1, RandomStream.Of(3, RandomPurpose.MicroBatch)));
        Assert.Equal(ScalarType.Float32, dropped.dtype);
        Assert.True(float.IsFinite(dropped.item<float>()));
    }

    private Tensor Logits(PartitionTransformer model, SafetensorsFile golden, string prefix) => model.Forward(
        golden.On(Device, prefix + "x"), golden.On(Device, prefix + "group_idxs").to_type(@bool), golden.On(Device, prefix + "y"),
        golden.On(Device, prefix + "drop_label"));

    /// <summary>Of the largest of so many outputs, relative to their scale: two operands a product.</summary>
    private static double Tolerance(NamedModule model, long outputs) =>
        Epsilon / Math.Sqrt(12) * Math.Sqrt(2 * Products(model)) * Math.Sqrt(2 * Math.Log(outputs));

    /// <summary>
    /// Of the worst of so many gradients, relative to its norm: for each product of the forward pass there are two in the backward pass.
    /// </summary>
    private static double GradientTolerance(NamedModule model, int gradients) =>
        Epsilon / Math.Sqrt(12) * Math.Sqrt(6 * Products(model)) * Math.Sqrt(2 * Math.Log(gradients));

    /// <summary>Weights that are multiplied with, embeddings apart: as many products come after one another at most.</summary>
    private static int Products(NamedModule model) =>
        StateDict.Of(model).Parameters.Count(p => p.Tensor.dim() > 1 && !p.Name.Contains("emb", StringComparison.Ordinal));

    private static double Scale(Tensor x) => x.abs().max().item<float>();
}
