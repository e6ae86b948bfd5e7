using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>AdamW (arXiv 1711.05101) over flat tensors.</summary>
public sealed class AdamW : IDisposable
{
    private readonly AdamWSettings _settings;
    private readonly FlatParameters _parameters;
    private readonly Tensor? _scratch;

    /// <param name="parameters">What is optimized.</param>
    /// <param name="settings">Decay rates and the like.</param>
    /// <param name="fused">Use libtorch's fused kernel. Its last bits differ from those of the managed operations.</param>
    /// <exception cref="NotSupportedException">
    /// The fused kernel is asked for and cannot be used; see <see cref="FusedAdamW.Problem"/>.
    /// </exception>
    public AdamW(FlatParameters parameters, AdamWSettings settings, bool fused = false)
    {
        if (fused && FusedAdamW.Problem is { } problem)
            throw new NotSupportedException($"Making a fused optimizer: {problem}. Use the managed one.");
        (_parameters, _settings) = (parameters, settings);
        FirstMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        SecondMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        if (!fused) _scratch = zeros_like(parameters.Values).DetachFromDisposeScope();
    }

    /// <summary>True for the fused kernel, which can be told on the device to change nothing.</summary>
    public bool IsFused => _scratch is null;

    /// <summary>F32 [P].</summary>
    public Tensor FirstMoment { get; }

    /// <summary>F32 [P].</summary>
    public Tensor SecondMoment { get; }

    /// <summary>Applies the gradients.</summary>
    /// <param name="step">Steps done before this one: the bias corrections belong to step + 1.</param>
    /// <param name="learningRate">Rate of this step.</param>
    public void Step(long step, double learningRate) => Step(step, learningRate, 0, _parameters.Length, null);

    /// <summary>
    /// Applies a part of the gradients. Every element stands for itself, so parts may be done in any order and at the same time.
    /// </summary>
    /// <param name="step">Steps done before this one.</param>
    /// <param name="learningRate">Rate of this step.</param>
    /// <param name="first">
    /// First element, a multiple of <see cref="GradientNorm.Chunk"/>: kernels round an unaligned end differently.
    /// </param>
    /// <param name="count">Elements, such a multiple as well.</param>
    /// <param name="foundInf">
    /// F32 scalar: where it is 1 nothing changes. For the fused kernel, which reads it on the device; null for 0.
    /// </param>
    public void Step(long step, double learningRate, long first, long count, Tensor? foundInf = null)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var part = new AdamWTensors(_parameters.Values, _parameters.Gradients, FirstMoment, SecondMoment).Narrow(first, count);
        if (_scratch is null)
        {
            // Filled where it is, not copied there.
            var steps = full([], step + 1, dtype: float32, device: _parameters.Values.device);
            FusedAdamW.Apply(part, _settings, steps, learningRate, foundInf);
        }
        else ManagedAdamW.Apply(part, _settings, _scratch.narrow(0, first, count), step, learningRate);
    }

    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
        _scratch?.Dispose();
    }
}
