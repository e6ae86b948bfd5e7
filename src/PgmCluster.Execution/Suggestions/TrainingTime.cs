using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Suggestions;

/// <summary>How long a run takes, from its operations: a guess to choose by.</summary>
public static class TrainingTime
{
    /// <summary>
    /// Share of a machine's rate for large matrix products that training is taken to reach: 0.58 was measured for the quickstart's model on
    /// one machine, other models were not.
    /// </summary>
    private const double Efficiency = 0.55;

    /// <summary>Going backward costs two times going forward.</summary>
    private const int Passes = 3;

    /// <param name="specification">A run's.</param>
    /// <param name="gigaflops">The machine's rate for large matrix products, in 10^9 operations a second.</param>
    /// <returns>Seconds.</returns>
    public static double Of(TrainingSpecification specification, double gigaflops)
    {
        var training = specification.Training;
        var forward = ModelKinds.Get(specification.Kind).Footprint(specification).Operations;
        return Passes * forward * training.MicroBatches * training.Steps / (gigaflops * 1e9 * Efficiency);
    }
}
