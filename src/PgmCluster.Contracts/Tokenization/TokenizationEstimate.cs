using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>What a tokenization is going to take, as known before it begins.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TokenizationEstimate")]
public sealed record TokenizationEstimate
{
    /// <summary>Images of all sets, mirrored ones counted again.</summary>
    [Id(0)] public required long Images { get; init; }

    /// <summary>Token shards of all sets.</summary>
    [Id(1)] public required int Shards { get; init; }

    /// <summary>Images per forward pass: what was asked for, or as many as the devices have memory for.</summary>
    [Id(2)] public required int BatchSize { get; init; }

    /// <summary>Bytes of all token shards; null where the tokenizer's run does not say how large its grids are.</summary>
    [Id(3)] public long? Bytes { get; init; }

    /// <summary>Of all devices together, as an earlier tokenization by the same tokenizer went; null where none was measured.</summary>
    [Id(4)] public double? ImagesPerSecond { get; init; }

    /// <summary>That tokenization.</summary>
    [Id(5)] public string? MeasuredBy { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
