using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>The manifest of a completed tokenization.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TokenizationResult")]
public sealed record TokenizationResult
{
    /// <summary>Shards of <see cref="TokenizationRequest.Split"/> in index order.</summary>
    [Id(0)] public required IReadOnlyList<TokenShardInfo> Shards { get; init; }

    /// <summary>Images in <see cref="Shards"/>.</summary>
    [Id(1)] public required int Images { get; init; }

    /// <summary>Rows of the code grid.</summary>
    [Id(2)] public required int Height { get; init; }

    /// <summary>Columns of the code grid.</summary>
    [Id(3)] public required int Width { get; init; }

    /// <summary>Entries in the tokenizer's codebook.</summary>
    [Id(4)] public required int Codebook { get; init; }

    /// <summary>Distinct codes that occur in the shards.</summary>
    [Id(5)] public required int CodesUsed { get; init; }

    /// <summary>The dataset whose images they are.</summary>
    [Id(6)] public required string Dataset { get; init; }

    /// <summary>The tokenizer's training run.</summary>
    [Id(7)] public required string Tokenizer { get; init; }

    /// <summary>Images that cannot be decoded and were left out, in the order of the images; null for none.</summary>
    [Id(8)] public IReadOnlyList<SkippedImage>? Skipped { get; init; }

    /// <summary>The sets beside <see cref="Shards"/>: other splits, and mirrored images; null for none.</summary>
    [Id(9)] public IReadOnlyList<TokenSet>? MoreSets { get; init; }

    /// <summary>What <see cref="Shards"/> are of, as the request says: not stored once more. Null from silos of versions before.</summary>
    [Id(10), JsonIgnore] public string? Split { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
