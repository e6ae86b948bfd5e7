using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>AdamW out of single operations: several passes over memory, but nothing beside TorchSharp's own interface.</summary>
internal static class ManagedAdamW
{
    /// <summary>One step, in place. All tensors F32 of one length.</summary>
    /// <param name="t">Weights, gradients and moments.</param>
    /// <param name="settings">The optimizer's settings.</param>
    /// <param name="scratch">Overwritten.</param>
    /// <param name="step">Steps done before this one: the bias corrections belong to step + 1.</param>
    /// <param name="learningRate">Rate of this step.</param>
    public static void Apply(in AdamWTensors t, AdamWSettings settings, Tensor scratch, long step, double learningRate)
    {
        var correction1 = 1 - Math.Pow(settings.Beta1, step + 1);
        var correction2 = 1 - Math.Pow(settings.Beta2, step + 1);
        t.Values.mul_(1 - learningRate * settings.WeightDecay);
        t.FirstMoment.mul_(settings.Beta1).add_(t.Gradients, alpha: 1 - settings.Beta1);
        t.SecondMoment.mul_(settings.Beta2).addcmul_(t.Gradients, t.Gradients, 1 - settings.Beta2);
        scratch.copy_(t.SecondMoment).sqrt_().div_(Math.Sqrt(correction2)).add_(settings.Epsilon);
        t.Values.addcdiv_(t.FirstMoment, scratch, -learningRate / correction1);
    }
}
