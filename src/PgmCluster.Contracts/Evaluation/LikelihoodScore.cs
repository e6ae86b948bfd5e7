using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>
/// How well a model predicts images' tokens. A uniform guess costs log2(<see cref="Codebook"/>) bits a token. Models compare where
/// <see cref="Basis"/> names the same tokens, order and counts.
/// </summary>
[GenerateSerializer, Immutable, Alias("pgm.LikelihoodScore")]
public sealed record LikelihoodScore
{
    /// <summary>Minus the binary logarithm of an image's probability, divided by its tokens; mean over the images.</summary>
    [Id(0)] public required double BitsPerToken { get; init; }

    /// <summary>Of <see cref="BitsPerToken"/>, over the images; null for one image.</summary>
    [Id(1)] public double? StandardError { get; init; }

    /// <summary><see cref="BitsPerToken"/> times <see cref="Tokens"/>.</summary>
    [Id(2)] public required double BitsPerImage { get; init; }

    /// <summary>Images that the mean is over.</summary>
    [Id(3)] public required int Images { get; init; }

    /// <summary>Tokens of an image.</summary>
    [Id(4)] public required int Tokens { get; init; }

    /// <summary>Codes that a token can be.</summary>
    [Id(5)] public required int Codebook { get; init; }

    /// <summary>
    /// What to know about the score, in a sentence: that the images were trained on, or that order and steps are far from what the model
    /// was trained for. Null for nothing.
    /// </summary>
    [Id(6)] public string? Remark { get; init; }

    /// <summary>What it was computed of and under.</summary>
    [Id(7)] public required LikelihoodBasis Basis { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
