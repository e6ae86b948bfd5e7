using System.Text.Json;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

[Trait("Category", "Golden")]
public class MaskGitGoldenTests
{
    public static TheoryData<string> Variants() => With(".config.json");

    public static TheoryData<string> VariantsWithGradients() => With(".grads.safetensors");

    private static TheoryData<string> With(string ending)
    {
        var data = new TheoryData<string>();
        foreach (var file in GoldenData.Files("maskgit_tiny").Where(f => f.EndsWith(ending, StringComparison.Ordinal))) data.Add(file[..^ending.Length]);
        if (data.Count == 0) data.Add("(none)");
        return data;
    }

    internal static MaskGitTransformer Tiny(string name = "proj1")
    {
        var config = GoldenFiles.Json($"maskgit_tiny/{name}.config.json");
        var model = new MaskGitTransformer(ReadSettings(config));
        using var file = GoldenFiles.Open($"maskgit_tiny/{name}.state.safetensors");
        WeightsFile.Load(StateDict.Of(model), file);
        return model;
    }

    [Theory, MemberData(nameof(Variants))]
    public void Forward_TinyModel_GivesReferencesLogitsLossAndActivations(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open($"maskgit_tiny/{name}.forward.safetensors");
        using var model = Tiny(name);
        var seen = 0;

        var logits = model.Forward(golden.Tensor("x"), golden.Tensor("y"), golden.Tensor("drop_label"), observe: (part, value) =>
        {
            if (!golden.Contains("inter." + part)) return;
            GoldenFiles.Close(golden.Tensor("inter." + part), value, what: part);
            seen++;
        });
        var loss = model.Loss(golden.Tensor("code"), golden.Tensor("mask"), golden.Tensor("y"), golden.Tensor("drop_label"));

        GoldenFiles.Close(golden.Tensor("logits"), logits, what: "logits");
        Assert.Equal(golden.ReadArray<double>("loss_f64")[0], loss.item<float>(), 1e-5);
        Assert.Equal(golden.Entries.Count(e => e.Name.StartsWith("inter.", StringComparison.Ordinal)), seen);
    }

    [Theory, MemberData(nameof(VariantsWithGradients))]
    public void Loss_Backward_GivesReferencesGradients(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open($"maskgit_tiny/{name}.forward.safetensors");
        using var gradients = GoldenFiles.Open($"maskgit_tiny/{name}.grads.safetensors");
        using var model = Tiny(name);

        model.Loss(golden.Tensor("code"), golden.Tensor("mask"), golden.Tensor("y"), golden.Tensor("drop_label")).backward();

        foreach (var (parameter, tensor, _) in StateDict.Of(model).Parameters)
            GoldenFiles.Close(gradients.Tensor(parameter), tensor.grad!, 2e-6, 1e-3, parameter);
    }

    [Theory, MemberData(nameof(Variants))]
    public void Predict_SomePositions_EqualsThoseOfAllPositions(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var golden = GoldenFiles.Open($"maskgit_tiny/{name}.forward.safetensors");
        using var model = Tiny(name);
        var x = golden.Tensor("x");
        var asked = tensor(Enumerable.Range(0, (int)x.shape[0]).SelectMany(b => new[] { 5L + b, 0, 17 }).ToArray(), [x.shape[0], 3]);
        var conditioning = model.Condition(golden.Tensor("y"), golden.Tensor("drop_label"));

        var some = model.Predict(x, asked, conditioning);

        GoldenFiles.Close(golden.Tensor("logits").gather(1, asked.unsqueeze(2).expand(-1, -1, model.Settings.Vocabulary)), some, what: name);
    }

    private static MaskGitSettings ReadSettings(JsonElement config)
    {
        var hidden = config.GetProperty("hidden_dim").GetInt32();
        return new MaskGitSettings
        {
            Codebook = config.GetProperty("codebook_size").GetInt32(),
            Height = config.GetProperty("input_size").GetInt32(),
            Width = config.GetProperty("input_size").GetInt32(),
            Classes = config.GetProperty("nclass").GetInt32(),
            Hidden = hidden,
            Depth = config.GetProperty("depth").GetInt32(),
            Heads = config.GetProperty("heads").GetInt32(),
            MlpRatio = config.GetProperty("mlp_dim").GetInt32() / hidden,
            Registers = config.GetProperty("register").GetInt32(),
            Projection = config.GetProperty("proj").GetInt32(),
            Dropout = config.GetProperty("dropout").GetDouble(),
        };
    }
}
