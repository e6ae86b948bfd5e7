using Orleans.CodeGeneration;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Contracts.Jobs;

/// <summary>Deletes jobs that nobody needs any more. The key is "jobs".</summary>
[Alias("pgm.IJobRetentionGrain"), Version(0)]
public interface IJobRetentionGrain : IGrainWithStringKey
{
    /// <summary>
    /// Deletes the records of a job at rest and of its units. Its files belong to nobody then, and go with the next collection of the
    /// store. Its id is not used again. What was begun is finished by the cluster, whatever is lost meanwhile, or taken back where the
    /// job's record is still there and something was made from it.
    /// </summary>
    /// <exception cref="NotFoundException">There is no such job.</exception>
    /// <exception cref="InvalidRequestException">
    /// It is not at rest, or is marked to be kept, or something refers to it; the message says what.
    /// </exception>
    [Alias("Delete"), ResponseTimeout("00:05:00"), Audited]
    Task Delete(string id);

    /// <summary>
    /// Deletes many as <see cref="Delete"/> does, those created last first, and says in parts what became of each; while it takes long,
    /// empty ones come. Ends after a job where the caller goes.
    /// </summary>
    /// <param name="selection">Which.</param>
    /// <param name="dryRun">Deletes nothing, and says what would be.</param>
    /// <param name="cancellation">Ends it.</param>
    [Alias("DeleteMany"), Audited]
    IAsyncEnumerable<IReadOnlyList<JobVerdict>> DeleteMany(JobSelection selection, bool dryRun, CancellationToken cancellation);

    /// <summary>Marks a job so that it stays whatever the rules of retention say, or takes that back.</summary>
    /// <param name="id">Of the job.</param>
    /// <param name="keep">False takes it back.</param>
    /// <exception cref="NotFoundException">There is no such job.</exception>
    /// <exception cref="InvalidRequestException">It is being deleted, or was changed meanwhile.</exception>
    [Alias("Keep"), Audited]
    Task Keep(string id, bool keep);
}
