using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>The tokens of one split's images, as they are or mirrored.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TokenSet")]
public sealed record TokenSet
{
    /// <summary>The split of the images.</summary>
    [Id(0)] public required string Split { get; init; }

    /// <summary>The images are mirrored left to right; image i is the mirrored image i of the other set of the split.</summary>
    [Id(1)] public bool Flipped { get; init; }

    /// <summary>Images in the set.</summary>
    [Id(2)] public required int Images { get; init; }

    /// <summary>Shards in index order.</summary>
    [Id(3)] public required IReadOnlyList<TokenShardInfo> Shards { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
