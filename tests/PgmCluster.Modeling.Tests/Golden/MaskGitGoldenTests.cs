using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

[Trait("Category", "Golden")]
public class MaskGitGoldenTests() : MaskGitGolden(GoldenDevice.Cpu);

public abstract class MaskGitGolden(GoldenDevice device)
{
    protected Device Device { get; } = device.Require();

    public static TheoryData<string> Variants() => With(".config.json");

    public static TheoryData<string> VariantsWithGradients() => With(".grads.safetensors");

    private static TheoryData<string> With(string ending)
    {
        var data = new TheoryData<string>();
        foreach (var file in GoldenData.Files("maskgit_tiny").Where(f => f.EndsWith(ending, StringComparison.Ordinal)))
            data.Add(file[..^ending.Length]);
        if (data.Count == 0) data.Add("(none)");
        return data;
    }

    internal static MaskGitTransformer Tiny(string name, Device device) =>
        (MaskGitTransformer)GoldenModels.Of($"maskgit_tiny/{name}.state.safetensors", device);

    [Theory, MemberData(nameof(Variants))]
    public void Forward_TinyModel_GivesReferencesLogitsLossAndActivations(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open($"maskgit_tiny/{name}.forward.safetensors");
        using var model = Tiny(name, Device);
        var seen = 0;

        var logits = model.Forward(golden.On(Device, "x"), golden.On(Device, "y"), golden.On(Device, "drop_label"),
            observe: (part, value) =>
        {
            if (!golden.Contains("inter." + part)) return;
            GoldenFiles.Close(golden.On(Device, "inter." + part), value, what: part);
            seen++;
        });
        var loss = model.Loss(
            golden.On(Device, "code"), golden.On(Device, "mask"), golden.On(Device, "y"), golden.On(Device, "drop_label"));

        GoldenFiles.Close(golden.On(Device, "logits"), logits, what: "logits");
        Assert.Equal(golden.Array<double>("loss_f64")[0], loss.item<float>(), 1e-5);
        Assert.Equal(golden.Entries.Count(e => e.Name.StartsWith("inter.", StringComparison.Ordinal)), seen);
    }

    [Theory, MemberData(nameof(VariantsWithGradients))]
    public void Loss_Backward_GivesReferencesGradients(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open($"maskgit_tiny/{name}.forward.safetensors");
        using var gradients = GoldenFiles.Open($"maskgit_tiny/{name}.grads.safetensors");
        using var model = Tiny(name, Device);

        model.Loss(
            golden.On(Device, "code"), golden.On(Device, "mask"), golden.On(Device, "y"), golden.On(Device, "drop_label")).backward();

        foreach (var (parameter, tensor, _) in StateDict.Of(model).Parameters)
            GoldenFiles.Close(gradients.Tensor(parameter), tensor.grad!, 2e-6, 1e-3, parameter);
    }

    [Theory, MemberData(nameof(Variants))]
    public void Predict_SomePositions_EqualsThoseOfAllPositions(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var golden = GoldenFiles.Open($"maskgit_tiny/{name}.forward.safetensors");
        using var model = Tiny(name, Device);
        var x = golden.On(Device, "x");
        var (batch, cells) = (x.shape[0], x.shape[1] * x.shape[2]);
        // Three cells, in no order; the last differs from image to image.
        var asked = tensor(
            Enumerable.Range(0, (int)batch).SelectMany(b => new[] { cells / 2, 0, 1 + b % (cells / 2 - 1) }).ToArray(), [batch, 3],
            device: Device);
        var conditioning = model.Condition(golden.On(Device, "y"), golden.On(Device, "drop_label"));

        var some = model.Predict(x, asked, conditioning);

        GoldenFiles.Close(
            golden.On(Device, "logits").gather(1, asked.unsqueeze(2).expand(-1, -1, model.Settings.Vocabulary)), some, what: name);
    }
}
