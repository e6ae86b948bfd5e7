using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs.Requests;

/// <summary>The refusal of an id that a job of another kind has.</summary>
internal static class TakenIds
{
    /// <param name="id">The id.</param>
    /// <param name="wanted">For a job of this kind.</param>
    /// <param name="present">The kind of the job that has it; null where it is gone by now.</param>
    public static InvalidRequestException Refusal(string id, JobKind? wanted, JobKind? present) =>
        new($"Starting {Words(wanted)} job '{id}': the id belongs to a {Words(present)} job. Choose another id.")
        {
            Code = PgmErrorCode.Conflict,
        };

    /// <summary>The same where the job that has it is just being deleted.</summary>
    public static InvalidRequestException Deleting(string id, JobKind? wanted) =>
        new($"Starting {Words(wanted)} job '{id}': a job of that id is being deleted, and ids are not used again. Choose another id.")
        {
            Code = PgmErrorCode.Conflict,
        };

    private static string Words(JobKind? kind) => kind is { } known ? JobWords.Of(known) : "other";
}
