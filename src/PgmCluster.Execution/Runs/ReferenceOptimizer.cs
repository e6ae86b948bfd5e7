using PgmCluster.Data;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Runs;

/// <summary>The optimizer's state between a training run and the public code's <c>optimizer_state_dict</c>.</summary>
public static class ReferenceOptimizer
{
    /// <summary>
    /// Fills the moments and takes over the number of steps. The public code's parameter i is the i-th of the state's parameters.
    /// Parameters without moments in the file begin at 0, as they do there.
    /// </summary>
    /// <param name="state">Of a model whose weights came from the same checkpoint.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <exception cref="BadInputException">It has no optimizer, or one of another model; all differences are listed at once.</exception>
    /// <exception cref="DataCorruptException">The file is damaged.</exception>
    public static void Load(TrainingState state, ReferenceCheckpoint checkpoint)
    {
        var optimizer = checkpoint.Optimizer
            ?? throw new BadInputException(
                $"Loading the optimizer of {checkpoint.Path}: the file has none. "
                + "Begin with a fresh optimizer, or name a checkpoint with optimizer_state_dict.");
        var (first, second) = (state.Named(state.Optimizer.FirstMoment).ToList(), state.Named(state.Optimizer.SecondMoment).ToList());
        Require(optimizer, [.. first.Select(f => (f.Name, f.Tensor.shape))], checkpoint.Path);

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        state.Optimizer.FirstMoment.zero_();
        state.Optimizer.SecondMoment.zero_();
        foreach (var (index, moments) in optimizer.State)
        {
            WeightsFile.ReadInto(first[(int)index].Tensor, moments.First);
            WeightsFile.ReadInto(second[(int)index].Tensor, moments.Second);
        }
        state.Step = (long)(optimizer.State.Values.FirstOrDefault()?.Step ?? 0);
    }

    /// <summary>Compares it with a model's parameters, without reading a tensor.</summary>
    /// <param name="optimizer">Of a checkpoint.</param>
    /// <param name="parameters">Names and shapes, in their order; tied ones once.</param>
    /// <param name="source">The file's name, for the message.</param>
    /// <exception cref="BadInputException">It is another model's; all differences are listed at once.</exception>
    internal static void Require(OptimizerContent optimizer, IReadOnlyList<(string Name, long[] Shape)> parameters, string source)
    {
        var problems = Differences(optimizer, parameters);
        if (problems.Count > 0)
            throw new BadInputException(
                $"Loading the optimizer of {source}: {string.Join("; ", problems)}. Use the optimizer of a model with these settings.");
    }

    /// <summary>The parameter group that the public code's trainer would have saved.</summary>
    /// <param name="training">Settings of the run.</param>
    /// <param name="steps">Steps done; the group holds the rate of the last of them.</param>
    /// <param name="parameters">Number of parameters.</param>
    public static OptimizerGroup Group(TrainingSettings training, long steps, int parameters) => new()
    {
        LearningRate = new LearningRateSchedule(
            training.LearningRate, training.WarmUp, training.Steps, training.DecayShare).At(Math.Max(0, steps - 1)),
        Beta1 = training.Beta1,
        Beta2 = training.Beta2,
        Epsilon = new AdamWSettings().Epsilon,
        WeightDecay = training.WeightDecay,
        Parameters = [.. Enumerable.Range(0, parameters).Select(i => (long)i)],
    };

    private static List<string> Differences(OptimizerContent optimizer, IReadOnlyList<(string Name, long[] Shape)> parameters)
    {
        var problems = new List<string>();
        var listed = optimizer.Groups.Sum(g => g.Parameters.Count);
        if (optimizer.Groups.Count > 0 && listed != parameters.Count)
            problems.Add($"it is for {listed} parameters, the model has {parameters.Count}");
        foreach (var (index, moments) in optimizer.State.OrderBy(s => s.Key))
        {
            if (index < 0 || index >= parameters.Count)
            {
                problems.Add($"parameter {index} is beyond the model's {parameters.Count}");
                continue;
            }
            var (name, shape) = parameters[(int)index];
            foreach (var moment in new[] { moments.First, moments.Second })
            {
                if (!moment.Shape.SequenceEqual(shape))
                    problems.Add($"{moment.Name} is [{string.Join(',', moment.Shape)}], its parameter {name} [{string.Join(',', shape)}]");
            }
        }
        if (optimizer.State.Values.Select(m => m.Step).Distinct().Count() > 1) problems.Add("its parameters count different steps");
        return problems;
    }
}
