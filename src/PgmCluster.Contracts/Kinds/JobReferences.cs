using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Contracts.Kinds;

/// <summary>From a job's kind to its grain: an id alone does not say which.</summary>
public static class JobReferences
{
    /// <param name="grains">The cluster.</param>
    /// <param name="kind">As the catalog has it.</param>
    /// <param name="id">The job's id.</param>
    /// <exception cref="PgmException">The kind is of a newer version.</exception>
    public static IJobGrain GetJob(this IGrainFactory grains, JobKind kind, string id) =>
        (IJobGrain)grains.GetGrain(InterfaceOf(kind, id), id);

    /// <summary>The interface of the grain.</summary>
    /// <param name="kind">As the catalog has it.</param>
    /// <param name="id">Of the job that is asked for, for the message.</param>
    /// <exception cref="PgmException">The kind is of a newer version.</exception>
    public static Type InterfaceOf(JobKind kind, string id) => kind switch
    {
        JobKind.Tokenization => typeof(ITokenizationJobGrain),
        JobKind.Training => typeof(ITrainingRunGrain),
        JobKind.Sampling => typeof(ISamplingJobGrain),
        JobKind.Evaluation => typeof(IEvaluationJobGrain),
        JobKind.Statistics => typeof(IStatisticsJobGrain),
        JobKind.Pull => typeof(IPullJobGrain),
        JobKind.Registration => typeof(IRegistrationJobGrain),
        JobKind.Likelihood => typeof(ILikelihoodJobGrain),
        _ => throw new PgmException($"Job '{id}' is of a kind that this version does not know. Use the version that runs the silo."),
    };
}
