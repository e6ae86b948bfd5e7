using PgmCluster.Execution.Devices;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>
/// Logits and gradients of a recorded model, against those that the public code gave. The bounds of float32 are those of the golden
/// tests.
/// </summary>
internal static class ModelChecks
{
    /// <summary>Elements that were kept of a gradient.</summary>
    private const int ProbeLength = 64;

    public static Comparison Logits(RecordedModel model, ComputeMode mode)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var comparison = new Comparison();
        foreach (var (name, logits) in model.Logits()) AddLogits(comparison, model, mode, name + "logits", logits);
        return comparison;
    }

    public static Comparison Gradients(RecordedModel model, ComputeMode mode)
    {
        using var scope = NewDisposeScope();
        var comparison = new Comparison();
        var loss = HostRead.Scalar<float>(model.Backward());
        comparison.Add("losses", model.File.ReadArray<double>("forward.loss_f64")[0], loss, 1e-5 + LossBound(model, mode));

        var parameters = model.State.Parameters.ToArray();
        var (norms, tolerance) = (model.File.ReadArray<double>("gradient_norms"), mode.OfGradients(model.State));
        for (var i = 0; i < parameters.Length; i++)
        {
            using var ofParameter = NewDisposeScope();
            var (name, expected) = (parameters[i].Name, WeightsFile.Read(model.File, "gradient." + parameters[i].Name));
            var gradient = HostRead.Copy(parameters[i].Tensor.grad!).flatten();
            var length = gradient.shape[0];
            var kept = linspace(0, length - 1, Math.Min(length, ProbeLength), dtype: float64, device: CPU).round_().to_type(int64);
            var probe = gradient[kept];
            var norm = HostRead.Scalar<double>(gradient.to_type(float64).norm());
            comparison.Add($"norms of gradients of {name}", norms[i], norm, 2e-6 + (1e-4 + tolerance) * norms[i]);
            if (mode.Rounding == 0) comparison.Add($"gradients of {name}", expected, probe, 2e-6, 1e-3);
            else comparison.Add($"gradients of {name}", HostRead.Scalar<float>((expected - probe).norm()), 2e-6 + tolerance * norms[i]);
        }
        return comparison;
    }

    /// <summary>A position's cross-entropy changes by twice the largest change of its logits at most.</summary>
    public static double LossBound(RecordedModel model, ComputeMode mode)
    {
        using var scope = NewDisposeScope();
        var logits = WeightsFile.Read(model.File, "forward.logits");
        return 2 * mode.OfOutputs(model.State, logits.numel()) * HostRead.Scalar<float>(logits.abs().max());
    }

    private static void AddLogits(Comparison comparison, RecordedModel model, ComputeMode mode, string name, Tensor logits)
    {
        var expected = WeightsFile.Read(model.File, name);
        var rounding = mode.OfOutputs(model.State, expected.numel()) * HostRead.Scalar<float>(expected.abs().max());
        comparison.Add("logits", expected, logits.narrow(-1, 0, expected.shape[^1]), 5e-5 + rounding, 1e-4);
    }
}
