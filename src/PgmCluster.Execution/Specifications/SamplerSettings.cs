using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Execution.Specifications;

/// <summary>How a work item draws images: a sampler's settings, and how its batches are computed.</summary>
/// <remarks>
/// The members are those of the contracts' SamplingSettings, with nothing left open. Clients know nothing of this project, so there are two;
/// they are mapped at one edge, the grains' SamplingSettingsMapping, and a test holds members and defaults together.
/// </remarks>
public sealed record SamplerSettings : TokenSamplerSettings
{
    /// <summary>Images per forward pass.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>CPU threads.</summary>
    public int Threads { get; init; }

    /// <summary>Use the averaged weights where the run has them.</summary>
    public bool UseEma { get; init; } = true;

    /// <summary>One of <see cref="Precisions.Names"/>.</summary>
    public string Precision { get; init; } = Precisions.Float32;
}
