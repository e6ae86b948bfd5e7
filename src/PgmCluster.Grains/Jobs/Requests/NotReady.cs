using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs.Requests;

/// <summary>The refusal of what a job has not made yet.</summary>
internal static class NotReady
{
    /// <param name="job">As in "Sampling job 'x' is".</param>
    /// <param name="phase">Where it is.</param>
    /// <param name="lacks">As in "it has no result".</param>
    public static PgmException Of(string job, JobPhase phase, string lacks) =>
        new($"{job} {JobWords.Of(phase)}; {lacks} yet.") { Code = PgmErrorCode.NotReady };

    /// <summary>The same of a request that names the job as its source.</summary>
    /// <param name="job">As in "Run 'x' is".</param>
    /// <param name="phase">Where it is.</param>
    public static InvalidRequestException AsSource(string job, JobPhase phase) =>
        new($"{job} {JobWords.Of(phase)}; it must be completed first.") { Code = PgmErrorCode.NotReady };
}
