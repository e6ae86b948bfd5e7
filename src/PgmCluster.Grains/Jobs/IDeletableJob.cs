using Orleans.CodeGeneration;

namespace PgmCluster.Grains.Jobs;

/// <summary>The part of a job by which it is deleted; who calls it has made sure that nothing refers to the job.</summary>
[Alias("pgm.IDeletableJob"), Version(0)]
internal interface IDeletableJob : IGrainWithStringKey
{
    /// <summary>Clears the records of the job and its units, but for a mark that its id was used.</summary>
    [Alias("Delete"), ResponseTimeout("00:05:00")]
    Task Delete();
}
