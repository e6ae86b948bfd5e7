using System.Text.Json;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Tokenizer;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>
/// The published models' sizes: state-dict names, shapes, order and parameter counts equal the reference's. The files hold no settings, so
/// these are read from a few of the shapes.
/// </summary>
[Trait("Category", "Golden")]
public class FullSizeLayoutGoldenTests
{
    public static TheoryData<string> Names()
    {
        const string Ending = ".json";
        var data = new TheoryData<string>();
        foreach (var file in GoldenData.Files("fullsize_layouts").Where(f => f.EndsWith(Ending, StringComparison.Ordinal)))
            data.Add(file[..^Ending.Length]);
        if (data.Count == 0) data.Add("(none)");
        return data;
    }

    [Theory, MemberData(nameof(Names))]
    public void StateDict_FullSize_HasTheReferencesNamesShapesAndCount(string name)
    {
        var layout = GoldenFiles.Json($"fullsize_layouts/{name}.json");
        var expected = layout.GetProperty("state").EnumerateArray().Select(
            e => (Name: e.GetProperty("name").GetString()!, Shape: Shape(e))).ToArray();
        using var model = Create(expected.ToDictionary(e => e.Name, e => e.Shape));

        var state = StateDict.Of(model);

        Assert.Equal(
            expected.Select(e => Line(e.Name, e.Shape)), state.Entries.Select(e => Line(e.Name, e.Tensor.shape.Select(d => (int)d))));
        Assert.Equal(layout.GetProperty("parameters").GetInt64(), state.Parameters.Sum(p => p.Tensor.numel()));
    }

    /// <summary>The small models' settings are known: what their shapes show must make the same state dict.</summary>
    [Theory, MemberData(nameof(SmallModels))]
    public void StateDict_SmallModelMadeFromItsShapes_IsTheFiles(string weights)
    {
        using var file = GoldenFiles.Open(weights);
        var prefix = weights.StartsWith("pgm_variants/", StringComparison.Ordinal) ? "state." : "";
        var entries = file.Entries.Where(e => e.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(
            e => (Name: e.Name[prefix.Length..], e.Shape)).ToList();
        using var model = Create(entries.ToDictionary(e => e.Name, e => e.Shape.Select(d => (int)d).ToArray()));

        Assert.Equal(
            entries.Select(e => Line(e.Name, e.Shape.Select(d => (int)d))).Order(StringComparer.Ordinal),
            StateDict.Of(model).Entries.Select(e => Line(e.Name, e.Tensor.shape.Select(d => (int)d))).Order(StringComparer.Ordinal));
    }

    public static TheoryData<string> SmallModels()
    {
        const string Ending = ".safetensors";
        string[] files =
        [
            .. GoldenData.Files("maskgit_tiny").Where(
                f => f.EndsWith(".state" + Ending, StringComparison.Ordinal)).Select(f => $"maskgit_tiny/{f}"),
            .. GoldenData.Files("pgm_tiny").Where(f => f == "state" + Ending).Select(f => $"pgm_tiny/{f}"),
            .. GoldenData.Files("pgm_variants").Where(f => f.EndsWith(Ending, StringComparison.Ordinal)).Select(f => $"pgm_variants/{f}"),
        ];
        return new TheoryData<string>(files.Length > 0 ? files : ["(none)"]);
    }

    private static int[] Shape(JsonElement entry) => [.. entry.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];

    private static string Line(string name, IEnumerable<int> shape) => $"{name} [{string.Join(',', shape)}]";

    private static nn.Module Create(Dictionary<string, int[]> shapes)
    {
        if (shapes.ContainsKey("vocab_embed.embedding"))
            return new PartitionTransformer(ShapeSettings.Partition(shapes, tokens: 32 * 32), seed: null);
        return shapes.ContainsKey("tok_emb.weight")
            ? new MaskGitTransformer(ShapeSettings.MaskGit(shapes), seed: null)
            : new VqTokenizer(ShapeSettings.Vq(shapes), seed: null);
    }
}
