using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Jobs.Requests;

namespace PgmCluster.Grains.Jobs;

/// <summary>Which jobs can be held back, released and ended, by their phase.</summary>
internal static class JobPauses
{
    /// <summary>True where a job can still be stopped for good.</summary>
    public static bool MayCancel(JobPhase phase) => !phase.IsAtRest() || phase is JobPhase.Paused or JobPhase.Parked;

    /// <summary>True where a job is to be paused; false where it is already.</summary>
    /// <param name="title">The job in words, such as "sampling job 'faces'".</param>
    /// <param name="phase">Where it stands.</param>
    /// <exception cref="InvalidRequestException">It is at rest otherwise.</exception>
    public static bool Begins(string title, JobPhase phase) => phase switch
    {
        JobPhase.Paused => false,
        JobPhase.Queued or JobPhase.Running => true,
        _ => throw Refusal("Pausing", title, phase, "Only what waits or runs can be paused."),
    };

    /// <summary>True where a job is to go on; false where it does already.</summary>
    /// <param name="title">The job in words.</param>
    /// <param name="phase">Where it stands.</param>
    /// <exception cref="InvalidRequestException">It is at rest for good.</exception>
    public static bool Ends(string title, JobPhase phase) => phase switch
    {
        JobPhase.Queued or JobPhase.Running => false,
        JobPhase.Paused or JobPhase.Parked => true,
        _ => throw Refusal(
            "Resuming", title, phase, "Only what is paused or parked can be resumed; start a failed or cancelled job again."),
    };

    private static InvalidRequestException Refusal(string what, string title, JobPhase phase, string next) =>
        new($"{what} {title}: it is {JobWords.Of(phase)}. {next}") { Code = PgmErrorCode.Conflict };
}
