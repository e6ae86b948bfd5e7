using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Contracts.Jobs;

/// <summary>Deletes jobs that nobody needs any more. The key is "jobs".</summary>
[Alias("pgm.IJobRetentionGrain")]
public interface IJobRetentionGrain : IGrainWithStringKey
{
    /// <summary>
    /// Deletes the records of a job at rest and of its units. Its files belong to nobody then, and go with the next collection of the
    /// store. Its id is not used again.
    /// </summary>
    /// <exception cref="NotFoundException">There is no such job.</exception>
    /// <exception cref="InvalidRequestException">It is not at rest, or something refers to it; the message says what.</exception>
    [Alias("Delete"), ResponseTimeout("00:05:00"), Audited]
    Task Delete(string id);
}
