namespace PgmCluster.Contracts.Sampling;

/// <summary>How tokens are drawn.</summary>
[GenerateSerializer, Immutable, Alias("pgm.SamplingSettings")]
public sealed record SamplingSettings
{
    /// <summary>"halton".</summary>
    [Id(0)] public string Sampler { get; init; } = "halton";

    /// <summary>Steps in which the tokens are revealed.</summary>
    [Id(1)] public int Steps { get; init; } = 16;

    /// <summary>Guidance weight w: logits = (1+w) cond - w uncond. 0 runs no unconditional pass.</summary>
    [Id(2)] public double Guidance { get; init; } = 1;

    /// <summary>"linear" (w grows from 0 to its value over the steps) or "constant".</summary>
    [Id(3)] public string GuidanceSchedule { get; init; } = "linear";

    /// <summary>Factor on the logits before the softmax. The reference calls it temperature.</summary>
    [Id(4)] public double LogitScale { get; init; } = 1;

    /// <summary>Rolls the Halton order per image.</summary>
    [Id(5)] public bool RandomizeOrder { get; init; }

    /// <summary>Images per forward pass.</summary>
    [Id(6)] public int BatchSize { get; init; } = 100;

    /// <summary>CPU threads; 0 takes the default and records it.</summary>
    [Id(7)] public int Threads { get; init; }

    /// <summary>Use the averaged weights where the run has them.</summary>
    [Id(8)] public bool UseEma { get; init; } = true;
}
