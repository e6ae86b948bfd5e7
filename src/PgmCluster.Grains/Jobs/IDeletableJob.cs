using Orleans.CodeGeneration;

namespace PgmCluster.Grains.Jobs;

/// <summary>The part of a job by which it is deleted; who calls it has made sure that nothing refers to the job.</summary>
[Alias("pgm.IDeletableJob"), Version(1)]
internal interface IDeletableJob : IGrainWithStringKey
{
    /// <summary>Why it could not be deleted at the moment, though it is at rest; null where it could.</summary>
    [Alias("Hindrance"), ResponseTimeout("00:05:00")]
    Task<string?> Hindrance();

    /// <summary>Clears the records of the job and its units, but for a mark that its id was used.</summary>
    /// <exception cref="Contracts.Errors.InvalidRequestException">
    /// It is not at rest, or a device has not ended its work yet: nothing was changed. Says why it stays.
    /// </exception>
    [Alias("Delete"), ResponseTimeout("00:05:00")]
    Task Delete();
}
