using Orleans.CodeGeneration;
using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Tokenization;

/// <summary>A shard of a tokenization that a version without units began. The key is "jobId/index".</summary>
[Alias("pgm.IFormerShard"), Version(0)]
internal interface IFormerShard : IGrainWithStringKey
{
    /// <summary>What was known of it; an empty record where nothing was.</summary>
    [Alias("GetRecord")]
    Task<WorkRecord> GetRecord();
}
