using PgmCluster.Cli.Study.Plans;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Suggestions;

namespace PgmCluster.Cli.Study.Jobs;

/// <summary>Guesses of what jobs take, good for the order of magnitude: those of a kind are corrected by the first of it.</summary>
internal static class StudyCosts
{
    /// <summary>Operations a second, in 10^9, that two cores gave training and sampling of the quickstart's models.</summary>
    private const double Gigaflops = 200;

    /// <summary>Seconds in which held-out pictures, their reconstructions and features are looked at.</summary>
    private const double Looking = 4;

    public static StudyCost Of(TrainingSpecification specification) =>
        new($"train {specification.Kind}", TrainingTime.Of(specification, Gigaflops));

    public static StudyCost OfSampling(TrainingSpecification specification, StudySetting setting, int images) =>
        new($"evaluate {specification.Kind}", Looking + (images * Operations(specification, setting) / (Gigaflops * 1e9)));

    public static StudyCost OfLikelihood(TrainingSpecification specification, StudySetting setting, int images) =>
        new($"bits of {specification.Kind}", 1 + (images * Operations(specification, setting) / (Gigaflops * 1e9)));

    /// <summary>One image's operations in steps, by one forward pass's. Roughly: a sampler counts its own exactly.</summary>
    private static double Operations(TrainingSpecification specification, StudySetting setting)
    {
        var forward = ModelKinds.Get(specification.Kind).Footprint(specification).Operations
            / (specification.Training.BatchSize / specification.Training.MicroBatches);
        var passes = specification.Kind switch
        {
            "maskgit" => setting.Steps,
            "pgm" => 0.3 * setting.Steps,
            _ => 1.5,
        };
        return forward * passes * (setting.Guidance > 0 ? 2 : 1);
    }
}
