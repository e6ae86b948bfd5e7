using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>AdamW (arXiv 1711.05101) over flat tensors.</summary>
public sealed class AdamW : IDisposable
{
    private readonly AdamWSettings _settings;
    private readonly FlatParameters _parameters;
    private readonly Tensor _scratch;

    public AdamW(FlatParameters parameters, AdamWSettings settings)
    {
        (_parameters, _settings) = (parameters, settings);
        FirstMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        SecondMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        _scratch = zeros_like(parameters.Values).DetachFromDisposeScope();
    }

    /// <summary>F32 [P].</summary>
    public Tensor FirstMoment { get; }

    /// <summary>F32 [P].</summary>
    public Tensor SecondMoment { get; }

    /// <summary>Applies the gradients.</summary>
    /// <param name="step">Steps done before this one: the bias corrections belong to step + 1.</param>
    /// <param name="learningRate">Rate of this step.</param>
    public void Step(long step, double learningRate)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (w, g, s) = (_parameters.Values, _parameters.Gradients, _settings);
        var correction1 = 1 - Math.Pow(s.Beta1, step + 1);
        var correction2 = 1 - Math.Pow(s.Beta2, step + 1);

        w.mul_(1 - learningRate * s.WeightDecay);
        FirstMoment.mul_(s.Beta1).add_(g, alpha: 1 - s.Beta1);
        SecondMoment.mul_(s.Beta2).addcmul_(g, g, 1 - s.Beta2);
        _scratch.copy_(SecondMoment).sqrt_().div_(Math.Sqrt(correction2)).add_(s.Epsilon);
        w.addcdiv_(FirstMoment, _scratch, -learningRate / correction1);
    }

    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
        _scratch.Dispose();
    }
}
