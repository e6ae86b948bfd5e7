using PgmCluster.Data;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Tokenizer;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>The public code's checkpoints, loaded into models.</summary>
[Trait("Category", "Golden")]
public class CheckpointGoldenTests
{
    [Theory]
    [InlineData("zip.pth")]
    [InlineData("legacy.pth")]
    [InlineData("prefixed.pth")]
    [InlineData("no_optimizer.pth")]
    [InlineData("numpy_lr.pth")]
    [InlineData("numpy1_lr.pth")]
    [InlineData("zip.safetensors")]
    [InlineData("prefixed.safetensors")]
    public void Load_PartitionCheckpoint_EqualsTheTwin(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Micro();
        using var checkpoint = ReferenceCheckpoint.Open(GoldenData.Require($"checkpoints/{name}"));
        using var twin = GoldenFiles.Open($"checkpoints/{Path.ChangeExtension(name, ".safetensors")}");

        WeightsFile.Load(StateDict.Of(model), checkpoint.Model, name);

        foreach (var (entry, source) in StateDict.Of(model).Entries.Zip(checkpoint.Model))
        {
            Assert.Equal(source.Name, entry.Name);
            var original = twin.Entries.Single(
                e => e.Name.StartsWith("model.", StringComparison.Ordinal) && e.Name.EndsWith("." + entry.Name,
                    StringComparison.Ordinal) || e.Name == "model." + entry.Name);
            GoldenFiles.Equal(twin.Tensor(original.Name), entry.Tensor, entry.Name);
        }
    }

    [Theory]
    [InlineData("bf16.pth")]
    [InlineData("bf16_legacy.pth")]
    [InlineData("fp16.pth")]
    [InlineData("fp16_legacy.pth")]
    [InlineData("bf16.safetensors")]
    public void Load_HalfPrecision_BecomesFloat32(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Micro();
        using var checkpoint = ReferenceCheckpoint.Open(GoldenData.Require($"checkpoints/{name}"));
        using var twin = GoldenFiles.Open($"checkpoints/{Path.ChangeExtension(name, ".safetensors")}");

        WeightsFile.Load(StateDict.Of(model), checkpoint.Model, name);

        foreach (var (entryName, tensor, _) in StateDict.Of(model).Entries)
        {
            Assert.Equal(ScalarType.Float32, tensor.dtype);
            GoldenFiles.Equal(twin.Tensor("model." + entryName).to_type(float32), tensor, entryName);
        }
    }

    [Fact]
    public void Load_PublishedTokenizer_EqualsTheTwin()
    {
        using var scope = NewDisposeScope();
        using var model = new VqTokenizer(VqConfig.Read(GoldenFiles.Json("checkpoints/vq_model.config.json")), seed: null);
        using var checkpoint = ReferenceCheckpoint.Open(GoldenData.Require("checkpoints/vq_model.pt"));
        using var twin = GoldenFiles.Open("vq_tiny/vqmicro.state.safetensors");

        WeightsFile.Load(StateDict.Of(model), checkpoint.Model, "vq_model.pt");

        foreach (var (name, tensor, _) in StateDict.Of(model).Entries) GoldenFiles.Equal(twin.Tensor(name), tensor, name);
    }

    [Fact]
    public void Load_WrongShape_NamesTheTensorAndBothShapes()
    {
        var message = Refusal("bad_wrong_shape.pth");

        Assert.Contains("encoder.blocks.0.attn_out.weight is [", message);
        Assert.Contains("instead of [", message);
    }

    [Fact]
    public void Load_MissingAndUnexpectedKeys_NamesBoth()
    {
        var message = Refusal("bad_missing_and_unexpected_key.pth");

        Assert.Contains("encoder.blocks.0.attn_out.weight is missing", message);
        Assert.Contains("unexpected.weight is not part of the model", message);
    }

    private static string Refusal(string name)
    {
        using var model = Micro();
        using var checkpoint = ReferenceCheckpoint.Open(GoldenData.Require($"checkpoints/{name}"));
        return Assert.Throws<BadInputException>(() => WeightsFile.Load(StateDict.Of(model), checkpoint.Model, name)).Message;
    }

    private static PartitionTransformer Micro() => new(PartitionConfig.Read(GoldenFiles.Json("checkpoints/pgm_micro.config.json")));
}
