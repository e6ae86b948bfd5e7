using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>Tokens that the public code made (Hugging Face's <c>save_to_disk</c>), instead of images.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TokenImport")]
public sealed record TokenImport
{
    /// <summary>The directory, as the silos see it: that of a split, or one with the split below.</summary>
    [Id(0)] public required string Location { get; init; }

    /// <summary>The split's name there, such as "train" or "eval".</summary>
    [Id(1)] public string Split { get; init; } = "train";

    /// <summary>The files in it, in order; null takes those that are there and records them.</summary>
    [Id(2)] public IReadOnlyList<string>? Files { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
