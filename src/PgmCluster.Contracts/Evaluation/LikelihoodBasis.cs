using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>What a likelihood was computed of and under.</summary>
[GenerateSerializer, Immutable, Alias("pgm.LikelihoodBasis")]
public sealed record LikelihoodBasis
{
    /// <summary>Weights of the model.</summary>
    [Id(0)] public required ArtifactReference Model { get; init; }

    /// <summary>Weights of the tokenizer whose codes they are.</summary>
    [Id(1)] public required ArtifactReference Tokenizer { get; init; }

    /// <summary>The tokenization.</summary>
    [Id(2)] public required string Tokens { get; init; }

    /// <summary>The split of the images.</summary>
    [Id(3)] public required string Split { get; init; }

    /// <summary>Images of the split; the score may be of fewer.</summary>
    [Id(4)] public required int SplitImages { get; init; }

    /// <summary>Of the split's shards, as <see cref="OriginHash"/> has it.</summary>
    [Id(5)] public required string TokensSha256 { get; init; }

    /// <summary>One of <see cref="LikelihoodOrders"/>.</summary>
    [Id(6)] public required string Order { get; init; }

    /// <summary>Tokens that each step reveals, in order; steps that reveal none are left out.</summary>
    [Id(7)] public required IReadOnlyList<int> Counts { get; init; }

    /// <summary>What decided the rolled orders; null for an order that nothing is drawn for.</summary>
    [Id(8)] public long? Seed { get; init; }

    /// <summary>The averaged weights, where the run has them.</summary>
    [Id(9)] public required bool UseEma { get; init; }

    /// <summary>Of the model's products, of logits and of what is computed from them.</summary>
    [Id(10)] public required string Precision { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
