using Orleans.CodeGeneration;
using Orleans.Concurrency;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Datasets;

/// <summary>A dataset, to the job that has read it. The key is the dataset's name.</summary>
[Alias("pgm.IDatasetRecord"), Version(0)]
internal interface IDatasetRecord : IGrainWithStringKey
{
    /// <summary>
    /// Takes what a registration has made; nothing where another one has begun since. Whoever waits for the registration within a turn of
    /// the dataset's does not hold this up.
    /// </summary>
    [Alias("Record"), AlwaysInterleave]
    Task Record(string job, ArtifactReference manifest);
}
