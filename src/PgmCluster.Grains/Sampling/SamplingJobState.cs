using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Sampling;

/// <summary>State of a sampling job.</summary>
[GenerateSerializer, Alias("pgm.SamplingJobState")]
public sealed class SamplingJobState : WorkJobState<SamplingRequest>
{
    [Id(0)] public ArtifactReference? Model { get; set; }

    [Id(1)] public ArtifactReference? Tokenizer { get; set; }

    /// <summary>Classes by index, a grid row each.</summary>
    [Id(2)] public List<int> Classes { get; set; } = [];

    [Id(3)] public List<string> ClassNames { get; set; } = [];

    [Id(4)] public SamplingResult? Result { get; set; }

    /// <summary>What to know about the images, in one line; null where there is nothing to say.</summary>
    [Id(5)] public string? Note { get; set; }
}
