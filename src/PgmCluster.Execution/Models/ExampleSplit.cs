using PgmCluster.Data;
using PgmCluster.Data.Sources;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Execution.Models;

/// <summary>Which of a run's examples are trained on and which are held out for validation: a function of seed and labels.</summary>
internal sealed class ExampleSplit
{
    private readonly int _examples;
    private readonly int _heldOut;
    private readonly Lazy<int[]> _order;
    private readonly Lazy<int[]> _trained;

    /// <param name="specification">The run's.</param>
    /// <param name="task">Its data.</param>
    /// <exception cref="BadInputException">As many examples are to be held out as there are.</exception>
    public ExampleSplit(TrainingSpecification specification, TrainingTask task)
    {
        (_examples, _heldOut) = (task.Examples, specification.Training.ValidationExamples);
        if (_examples <= _heldOut)
            throw new BadInputException(
                $"Holding out {_heldOut} examples for validation: the data has {_examples} in all. Lower training.validationExamples.");
        _order = new Lazy<int[]>(
            () => specification.Training.DrawsValidation ? Draw(specification.Seed, task) : [.. Enumerable.Range(0, _examples)]);
        _trained = new Lazy<int[]>(() => [.. _order.Value.Take(_examples - _heldOut).Order()]);
    }

    /// <summary>Examples that are trained on.</summary>
    public int TrainingCount => _examples - _heldOut;

    /// <summary>Examples that are held out, in the order in which they are validated.</summary>
    public ReadOnlySpan<int> HeldOut => _order.Value.AsSpan(_examples - _heldOut);

    /// <summary>An example that is trained on.</summary>
    /// <param name="n">0 to <see cref="TrainingCount"/> - 1.</param>
    public int Training(int n) => _heldOut == 0 ? n : _trained.Value[n];

    /// <summary>Examples to look at: held-out ones as far as there are any.</summary>
    public int[] Shown(int count) => _order.Value[^Math.Min(count, _examples)..];

    private static int[] Draw(long seed, TrainingTask task) => StratifiedOrder.Draw(
        [.. Enumerable.Range(0, task.Examples).Select(task.Label)],
        [.. Enumerable.Range(0, task.Examples).Select(i => (UInt128)DerivedSeed.Of(seed, RandomPurpose.HeldOut, i))]);
}
