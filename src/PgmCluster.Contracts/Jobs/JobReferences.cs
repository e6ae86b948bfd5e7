using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Contracts.Jobs;

/// <summary>From a job's kind to its grain: an id alone does not say which.</summary>
public static class JobReferences
{
    /// <param name="grains">The cluster.</param>
    /// <param name="kind">As the catalog has it.</param>
    /// <param name="id">The job's id.</param>
    /// <exception cref="PgmException">The kind is of a newer version.</exception>
    public static IJobGrain GetJob(this IGrainFactory grains, JobKind kind, string id) => kind switch
    {
        JobKind.Tokenization => grains.GetGrain<ITokenizationJobGrain>(id),
        JobKind.Training => grains.GetGrain<ITrainingRunGrain>(id),
        JobKind.Sampling => grains.GetGrain<ISamplingJobGrain>(id),
        JobKind.Evaluation => grains.GetGrain<IEvaluationJobGrain>(id),
        JobKind.Statistics => grains.GetGrain<IStatisticsJobGrain>(id),
        JobKind.Pull => grains.GetGrain<IPullJobGrain>(id),
        JobKind.Registration => grains.GetGrain<IRegistrationJobGrain>(id),
        JobKind.Likelihood => grains.GetGrain<ILikelihoodJobGrain>(id),
        _ => throw new PgmException($"Job '{id}' is of a kind that this version does not know. Use the version that runs the silo."),
    };
}
