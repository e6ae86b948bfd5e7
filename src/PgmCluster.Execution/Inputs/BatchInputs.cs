using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Execution.Inputs;

/// <summary>
/// What a micro-batch's loss is computed from. Made and disposed by the device's thread or one of its lanes, as every TorchSharp call is;
/// filled by any thread of the CPU, perhaps while the step before is computed.
/// </summary>
public abstract class BatchInputs : IDisposable
{
    private RandomStream? _draws;

    /// <summary>Of the micro-batch: what is drawn on the device comes after what <see cref="Fill"/> drew.</summary>
    public RandomStream Draws => _draws ?? throw new InvalidOperationException("The inputs were not filled.");

    /// <summary>Memory of the host in bytes.</summary>
    public abstract long Bytes { get; }

    /// <summary>Reads, decodes, augments, draws and checks. Calls nothing of TorchSharp's.</summary>
    /// <param name="indices">The examples, as many as there is memory for.</param>
    /// <param name="draws">Of (run, step, micro-batch), from its beginning.</param>
    /// <param name="training">False for validation: no augmentation, no dropped labels.</param>
    /// <param name="progress">Share of the training that is done, in [0, 1].</param>
    /// <exception cref="Data.BadInputException">An example cannot be read, or a code or label is none of the model's; the message names
    /// it.</exception>
    public void Fill(ReadOnlySpan<int> indices, RandomStream draws, bool training, double progress = 0)
    {
        FillWith(indices, draws, training, progress);
        _draws = draws;
    }

    /// <inheritdoc cref="Fill"/>
    protected abstract void FillWith(ReadOnlySpan<int> indices, RandomStream draws, bool training, double progress);

    public abstract void Dispose();
}
