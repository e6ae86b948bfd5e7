using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Speed;

/// <summary>Models to measure, made from presets: what the weights are does not change the speed.</summary>
public static class SpeedSubjects
{
    /// <param name="specification">Of kind "pgm", "pgm-once" or "maskgit".</param>
    /// <param name="settings">The sampler's settings.</param>
    /// <param name="device">Where it is measured.</param>
    /// <exception cref="BadInputException">Another kind.</exception>
    public static SpeedSubject Of(TrainingSpecification specification, SamplerSettings settings, ComputeDevice device)
    {
        device.Require(Precisions.TypeOf(settings.Precision));
        var module = ModelFiles.CreateGenerative(specification, device.Torch);
        var state = StateDict.Of(module);
        // Nothing stays zero: products with zeros could be cheaper than they are in use.
        WeightInitialization.Apply(state, specification.Seed, (_, _) => InitialWeight.SmallNormal);
        foreach (var parameter in module.parameters()) parameter.requires_grad = false;
        module.ComputeType = Precisions.TypeOf(settings.Precision);
        var classes = specification.Model["classes"]!.GetValue<int>();
        return new SpeedSubject(
            specification.Preset, ModelFiles.AsTokenModel(module), settings, specification.Data.Height,
            specification.Data.Width, classes,
            state.Parameters.Sum(p => p.Tensor.numel()));
    }
}
