using Orleans.CodeGeneration;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Tokenization;

/// <summary>A tokenization whose shards another one may take over. The key is the job's id.</summary>
[Alias("pgm.ITokenSource"), Version(0)]
internal interface ITokenSource : IGrainWithStringKey
{
    /// <summary>What its tokens are made from; null where nothing was ever started, and where its tokens were made elsewhere.</summary>
    [Alias("GetOrigin")]
    Task<TokenOrigin?> GetOrigin();
}

/// <summary>What the tokens of a tokenization are made from.</summary>
/// <param name="Dataset">As it was then.</param>
/// <param name="Tokenizer">Its weights.</param>
/// <param name="Request">With all that was settled.</param>
/// <param name="Units">Its runs of units.</param>
/// <param name="ImagesPerSecond">How fast it went; null where that is not known.</param>
[GenerateSerializer, Immutable, Alias("pgm.TokenOrigin")]
internal sealed record TokenOrigin(
    [property: Id(0)] DatasetInfo Dataset, [property: Id(1)] ArtifactReference Tokenizer, [property: Id(2)] TokenizationRequest Request,
    [property: Id(3)] List<UnitRun> Units, [property: Id(4)] double? ImagesPerSecond = null);
