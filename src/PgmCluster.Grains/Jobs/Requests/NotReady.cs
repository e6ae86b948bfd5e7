using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs.Requests;

/// <summary>The refusal of what a job has not made yet.</summary>
internal static class NotReady
{
    /// <param name="job">As in "Sampling job 'x'".</param>
    /// <param name="phase">Where it is.</param>
    /// <param name="lacks">As in "it has no result".</param>
    public static PgmException Of(string job, JobPhase phase, string lacks) =>
        new($"{job} {(job.StartsWith("Statistics", StringComparison.Ordinal) ? "are" : "is")} {JobWords.Of(phase)}; {lacks} yet.")
        {
            Code = PgmErrorCode.NotReady,
        };
}
