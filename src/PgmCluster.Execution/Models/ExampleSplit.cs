using PgmCluster.Data;
using PgmCluster.Data.Sources;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Execution.Models;

/// <summary>Which of a run's examples are trained on and which are held out for validation: a function of seed and labels.</summary>
internal sealed class ExampleSplit
{
    private readonly TrainingSpecification _specification;
    private readonly TrainingTask _task;
    private readonly int _heldOut;
    private readonly Lazy<int[]> _validated;
    private readonly Lazy<int[]> _gaps;

    /// <param name="specification">The run's.</param>
    /// <param name="task">Its data.</param>
    /// <exception cref="BadInputException">As many examples are to be held out as there are.</exception>
    public ExampleSplit(TrainingSpecification specification, TrainingTask task)
    {
        (_specification, _task, _heldOut) = (specification, task, specification.Training.ValidationExamples);
        if (task.Examples <= _heldOut)
            throw new BadInputException(
                $"Holding out {_heldOut} examples for validation: the data has {task.Examples} in all. "
                + "Lower training.validationExamples.");
        _validated = new Lazy<int[]>(() => Last(_heldOut));
        _gaps = new Lazy<int[]>(() => [.. _validated.Value.Order()]);
    }

    /// <summary>Examples that are trained on.</summary>
    public int TrainingCount => _task.Examples - _heldOut;

    /// <summary>Examples that are held out, in the order in which they are validated.</summary>
    public ReadOnlySpan<int> HeldOut => _validated.Value;

    /// <summary>An example that is trained on: those are never listed, only the gaps between them.</summary>
    /// <param name="n">0 to <see cref="TrainingCount"/> - 1.</param>
    public int Training(int n)
    {
        if (_heldOut == 0) return n;
        // Before gap k lie gaps[k] - k examples of training: as many gaps as have no more than n of them come before the n-th.
        var gaps = _gaps.Value;
        var (low, high) = (0, gaps.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (gaps[middle] - middle <= n) low = middle + 1;
            else high = middle;
        }
        return n + low;
    }

    /// <summary>Examples to look at: held-out ones as far as there are any.</summary>
    public int[] Shown(int count) => count <= _heldOut ? _validated.Value[^count..] : Last(Math.Min(count, _task.Examples));

    /// <summary>The end of the order, of which no more than that is kept.</summary>
    private int[] Last(int count) => _specification.Training.DrawsValidation
        ? count == 0 ? [] : Draw(_specification.Seed, _task)[^count..]
        : [.. Enumerable.Range(_task.Examples - count, count)];

    private static int[] Draw(long seed, TrainingTask task) => StratifiedOrder.Draw(
        [.. Enumerable.Range(0, task.Examples).Select(task.Label)],
        [.. Enumerable.Range(0, task.Examples).Select(i => (UInt128)DerivedSeed.Of(seed, RandomPurpose.HeldOut, i))]);
}
