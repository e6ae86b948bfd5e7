using System.Text.Json.Nodes;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>
/// The public code's samplers with their recorded draws. In float32 they draw the very same codes. Where products are rounded more, a draw
/// that was close may fall otherwise and all after it differ, so logits are compared as long as the codes before them are the same.
/// </summary>
internal static class SamplerChecks
{
    public static readonly string[] Names = ["halton", "confidence"];

    public static Finding Run(RecordedModel model, ComputeMode mode, string name, string subject, bool isCpu)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var file = model.File;
        Tensor Recorded(string part) => WeightsFile.Read(file, $"{name}.{part}");
        var settings = SpecificationJson.Read<TokenSamplerSettings>(JsonNode.Parse(file.Metadata["sampler." + name])!);
        var (final, comparison) = (Recorded("final_code"), new Comparison());
        // Guidance and scale multiply the errors of the logits, of which those of rounding are independent in both passes.
        var logitScale = Math.Max(settings.LogitScale, settings.LogitScaleEnd ?? settings.LogitScale);
        var factor = (1 + 2 * settings.Guidance) * logitScale;
        var independent = Math.Sqrt(Math.Pow(1 + settings.Guidance, 2) + Math.Pow(settings.Guidance, 2)) * logitScale;
        var scale = HostRead.Scalar<float>(WeightsFile.Read(file, "forward.logits").abs().max());

        var sampler = new TokenSampler(model.Tokens, settings, (int)final.shape[1], (int)final.shape[2]);
        var codes = sampler.Sample(model.On(name + ".labels"), new Draws(model, name), step =>
        {
            var prefix = $"step{step.Index:00}.";
            if (!file.Contains($"{name}.{prefix}scaled_logits")) return;
            var before = Recorded(prefix + "model_codes").flatten(1);
            // A model that is asked for every cell gets the grid, else the known codes.
            var known = HostRead.Copy(before.shape[1] == step.GridBefore.shape[1] ? step.GridBefore : step.KnownCodes);
            if (HostRead.Scalar<bool>(before.ne(known).any())) return;
            var expected = Recorded(prefix + "scaled_logits");
            if (step.Asked is { } asked && asked.shape[1] != expected.shape[1])
                expected = expected.gather(1, HostRead.Copy(asked).narrow(0, 0, 1).unsqueeze(2).expand(-1, -1, expected.shape[2]));
            var rounding = mode.OfOutputs(model.State, expected.numel()) * scale * independent;
            var actual = step.ScaledLogits.narrow(0, 0, 1).narrow(-1, 0, expected.shape[2]);
            comparison.Add($"logits of step {step.Index}", expected, actual, 5e-5 * Math.Max(4, factor) + rounding, 1e-4);
        });

        var different = HostRead.Scalar<long>(final.ne(HostRead.Copy(codes)).sum());
        if (mode.Rounding == 0 && different > 0)
            return Comparison.Failed(subject, $"{different} of {final.numel()} codes are not those that were recorded", isCpu);
        return comparison.ToFinding(subject, isCpu, $"; {final.numel() - different} of {final.numel()} codes as in float32");
    }

    private sealed class Draws(RecordedModel model, string name) : SamplerDraws(null!)
    {
        public override Tensor Uniforms(int step, long batch, long positions) => model.On($"{name}.step{step:00}.uniforms");

        public override Tensor Gumbel(int step, long batch, long positions) => model.On($"{name}.step{step:00}.gumbel");

        public override int[] Rolls(long batch, int cells) => [.. model.File.ReadArray<long>($"{name}.halton_roll").Select(r => (int)r)];
    }
}
