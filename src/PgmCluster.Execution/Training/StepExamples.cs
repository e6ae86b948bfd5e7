using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Execution.Training;

/// <summary>
/// Which examples a step trains on, and in which order: a function of (specification, data, step). How many workers share the step, who they
/// are and where the run was begun again does not matter; nothing is listed beyond the step. Which order it is goes with
/// <see cref="NumericsSettings.Version"/>.
/// </summary>
/// <param name="specification">The run's.</param>
/// <param name="split">Of its data.</param>
internal sealed class StepExamples(TrainingSpecification specification, ExampleSplit split)
{
    private readonly ExampleOrder _order = new(specification.Seed, split.TrainingCount);

    /// <summary>The examples of a step, micro-batch after micro-batch. Not for several threads at once.</summary>
    /// <param name="step">From 0.</param>
    public int[] Of(long step)
    {
        var examples = new int[specification.Training.BatchSize];
        for (var i = 0; i < examples.Length; i++) examples[i] = split.Training(_order[step * examples.Length + i]);
        return examples;
    }
}
