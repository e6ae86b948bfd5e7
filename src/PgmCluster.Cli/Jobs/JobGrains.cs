using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Kinds;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Cli.Jobs;

/// <summary>From a job's kind to its grain.</summary>
internal static class JobGrains
{
    public static IJobGrain Get(IClusterSession session, JobKind kind, string id) =>
        (IJobGrain)session.Get(JobReferences.InterfaceOf(kind, id), id);

    /// <summary>The job of that name, whatever its kind.</summary>
    /// <exception cref="NotFoundException">There is none; the message gives the nearest name.</exception>
    public static async Task<IJobGrain> FindAsync(IClusterSession session, string id)
    {
        var entry = await CatalogNames.RequireAsync(session, CatalogKinds.Jobs, id);
        return Get(
            session, entry.JobKind ?? throw new NotFoundException($"Looking for run or job '{id}': the catalog does not know its kind."),
            id);
    }

    /// <summary>The training run of a model.</summary>
    /// <exception cref="InvalidRequestException">It is a job of another kind.</exception>
    public static async Task<ITrainingRunGrain> FindModelAsync(IClusterSession session, string id) =>
        await FindAsync(session, id) as ITrainingRunGrain ?? throw new InvalidRequestException(
            $"Looking for model '{id}': it is not a training run. 'pgm runs list --kind training' shows which are.");

    /// <summary>Holds a job back. Silos of versions before know it of trainings only, by a call of their own.</summary>
    public static Task<JobStatus> PauseAsync(IJobGrain job) => job is ITrainingRunGrain run ? run.Pause() : job.Pause();

    /// <summary>Releases a job, likewise.</summary>
    public static Task<JobStatus> ResumeAsync(IJobGrain job) => job is ITrainingRunGrain run ? run.Resume() : job.Resume();

    /// <summary>What a completed job made, for the one JSON object; null where there is nothing yet.</summary>
    public static async Task<object?> ResultAsync(IJobGrain job, JobStatus status)
    {
        if (status.Phase != JobPhase.Completed) return null;
        return job switch
        {
            ITokenizationJobGrain tokenization => await tokenization.GetResult(),
            ITrainingRunGrain training => (await training.GetDetails()).Result,
            ISamplingJobGrain sampling => await sampling.GetResult(),
            IEvaluationJobGrain evaluation => await evaluation.GetScores(),
            IStatisticsJobGrain statistics => await statistics.GetResult(),
            ILikelihoodJobGrain likelihood => await likelihood.GetScore(),
            IPullJobGrain pull => await pull.GetResult(),
            _ => null,
        };
    }
}
