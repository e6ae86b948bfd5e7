using System.Text.Json.Nodes;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>A small generative model with recorded weights on a device, and its recorded inputs. Letters: B batch, h, w grid.</summary>
internal abstract class RecordedModel : IDisposable
{
    /// <param name="file">Stays open as long as this lives; not closed here.</param>
    /// <param name="device">Where the model is made.</param>
    /// <param name="model">With its weights zero.</param>
    protected RecordedModel(SafetensorsFile file, Device device, NamedModule model)
    {
        (File, Device, Module) = (file, device, model);
        State = StateDict.Of(model);
        WeightsFile.Load(State, file, "weights.");
    }

    /// <summary>"pgm", "pgm-once" or "maskgit".</summary>
    public abstract string Kind { get; }

    public SafetensorsFile File { get; }

    public NamedModule Module { get; }

    public StateDict State { get; }

    public ITokenModel Tokens => ModelFiles.AsTokenModel(Module);

    protected Device Device { get; }

    /// <param name="name">One of <see cref="RecordedFiles.Partition"/> and <see cref="RecordedFiles.MaskGit"/>.</param>
    /// <param name="file">That file.</param>
    /// <param name="device">Where the model is made.</param>
    public static RecordedModel Open(string name, SafetensorsFile file, Device device)
    {
        var json = JsonNode.Parse(file.Metadata["model"])!;
        if (name == RecordedFiles.MaskGit)
            return new OfMaskGit(file, device, new MaskGitTransformer(SpecificationJson.Read<MaskGitSettings>(json), seed: null, device));
        var settings = SpecificationJson.Read<PartitionTransformerSettings>(json);
        return new OfPartition(file, device, new PartitionTransformer(settings, seed: null, device));
    }

    /// <summary>
    /// Adds what the recorded inputs give to what was recorded for them: logits of every position, and of those asked for.
    /// </summary>
    public abstract IEnumerable<(string Name, Tensor Logits)> Logits();

    /// <summary>The loss of the recorded batch, after adding its gradients: scalar, detached.</summary>
    public abstract Tensor Backward();

    /// <summary>The loss of a micro-batch of the recorded training curve, after adding its gradients.</summary>
    /// <param name="code">I64 [B, h, w]</param>
    /// <param name="uniforms">What hides or splits tokens: F32, one per token.</param>
    /// <param name="ratios">F32 [B]: share of tokens to be hidden or in group 1.</param>
    /// <param name="labels">I64 [B]</param>
    /// <param name="dropped">BOOL [B]</param>
    public abstract Tensor Backward(Tensor code, Tensor uniforms, Tensor ratios, Tensor labels, Tensor dropped);

    /// <summary>A recorded tensor on the device.</summary>
    public Tensor On(string name) => WeightsFile.Read(File, name).to(Device);

    public void Dispose() => Module.Dispose();

    private sealed class OfPartition(SafetensorsFile file, Device device, PartitionTransformer model) : RecordedModel(file, device, model)
    {
        private static readonly string[] Cases = ["even", "uneven"];

        public override string Kind => "pgm";

        public override IEnumerable<(string Name, Tensor Logits)> Logits()
        {
            yield return ("forward.", model.Forward(On("forward.x"), Groups(), On("forward.y"), On("forward.drop_label")));
            foreach (var prefix in Cases.Select(c => $"predict.{c}."))
            {
                yield return (prefix, model.Predict(
                    On(prefix + "x"), On(prefix + "clean_positions"), On(prefix + "noisy_positions"), On(prefix + "concrete_lengths"),
                    model.Condition(On(prefix + "y"), On(prefix + "drop_label"))));
            }
        }

        public override Tensor Backward() => model.Backward(On("forward.x"), Groups(), On("forward.y"), On("forward.drop_label"), null);

        public override Tensor Backward(Tensor code, Tensor uniforms, Tensor ratios, Tensor labels, Tensor dropped)
        {
            var tokens = cat([full([code.shape[0], 1], model.Settings.BosId, dtype: int64, device: Device), code.flatten(1)], 1);
            var groups = uniforms.lt(ratios.unsqueeze(1));
            groups.narrow(1, 0, 1).fill_(false);
            return model.Backward(tokens, groups, labels, dropped, null);
        }

        private Tensor Groups() => On("forward.group_idxs").to_type(@bool);
    }

    private sealed class OfMaskGit(SafetensorsFile file, Device device, MaskGitTransformer model) : RecordedModel(file, device, model)
    {
        public override string Kind => "maskgit";

        public override IEnumerable<(string Name, Tensor Logits)> Logits() =>
            [("forward.", model.Forward(On("forward.x"), On("forward.y"), On("forward.drop_label")))];

        public override Tensor Backward() =>
            model.Backward(On("forward.code"), On("forward.mask"), On("forward.y"), On("forward.drop_label"), null);

        public override Tensor Backward(Tensor code, Tensor uniforms, Tensor ratios, Tensor labels, Tensor dropped) =>
            model.Backward(code, uniforms.lt(ratios.view(-1, 1, 1)), labels, dropped, null);
    }
}
