using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Sampling;

/// <summary>How tokens are drawn.</summary>
[GenerateSerializer, Immutable, Alias("pgm.SamplingSettings")]
public sealed record SamplingSettings
{
    /// <summary>"halton" or "confidence" (<see cref="SamplerNames"/>).</summary>
    [Id(0)] public string Sampler { get; init; } = SamplerNames.Halton;

    /// <summary>Steps in which the tokens are revealed.</summary>
    [Id(1)] public int Steps { get; init; } = 16;

    /// <summary>Guidance weight w: logits = (1+w) cond - w uncond. 0 runs no unconditional pass.</summary>
    [Id(2)] public double Guidance { get; init; } = 1;

    /// <summary>
    /// "linear" (w grows from 0 to its value over the steps), "constant", or "auto": as the public code, constant for Halton with MaskGIT, else
    /// linear (<see cref="GuidanceScheduleNames"/>).
    /// </summary>
    [Id(3)] public string GuidanceSchedule { get; init; } = GuidanceScheduleNames.Auto;

    /// <summary>Factor on the logits before the softmax, in the first step. The reference calls it temperature.</summary>
    [Id(4)] public double LogitScale { get; init; } = 1;

    /// <summary>Rolls the Halton order per image.</summary>
    [Id(5)] public bool RandomizeOrder { get; init; }

    /// <summary>Images per forward pass.</summary>
    [Id(6)] public int BatchSize { get; init; } = 100;

    /// <summary>CPU threads; 0 takes the default and records it.</summary>
    [Id(7)] public int Threads { get; init; }

    /// <summary>Use the averaged weights where the run has them.</summary>
    [Id(8)] public bool UseEma { get; init; } = true;

    /// <summary>Factor on the logits in the last step, reached linearly; null for <see cref="LogitScale"/>.</summary>
    [Id(9)] public double? LogitScaleEnd { get; init; }

    /// <summary>In this many first steps the factor on the logits is halved.</summary>
    [Id(10)] public int WarmUpSteps { get; init; }

    /// <summary>Draw among the k most likely codes only; 0 for all.</summary>
    [Id(11)] public int TopK { get; init; }

    /// <summary>
    /// Curve of the share of known tokens over the steps: "arccos", "cosine", "linear", "root" or "square" (<see cref="CurveNames"/>).
    /// </summary>
    [Id(12)] public string Curve { get; init; } = CurveNames.Arccos;

    /// <summary>Confidence: factor of the Gumbel noise in the first step, shrinking to 0.</summary>
    [Id(13)] public double ConfidenceNoise { get; init; } = 5;

    /// <summary>Do as the public code's samplers do, quirks included.</summary>
    [Id(14)] public bool CompatReference { get; init; }

    /// <summary>
    /// Type of the model's products, "float32" or "bfloat16" (<see cref="PrecisionNames"/>). Logits are float32 and probabilities float64 either way, and so is the
    /// tokenizer's decoder float32.
    /// </summary>
    [Id(15)] public string Precision { get; init; } = PrecisionNames.Float32;

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
