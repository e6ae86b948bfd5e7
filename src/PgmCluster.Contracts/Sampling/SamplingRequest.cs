using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Sampling;

/// <summary>Images for classes.</summary>
[GenerateSerializer, Immutable, Alias("pgm.SamplingRequest")]
public sealed record SamplingRequest : IScheduledRequest
{
    /// <summary>Completed training run of kind "pgm", "pgm-once" or "maskgit".</summary>
    [Id(0)] public required string Model { get; init; }

    /// <summary>Classes by index, a grid row each; empty means all of the dataset's.</summary>
    [Id(1)] public IReadOnlyList<int> Classes { get; init; } = [];

    /// <summary>Images of each class.</summary>
    [Id(2)] public int ImagesPerClass { get; init; } = 8;

    /// <summary>Decides every draw.</summary>
    [Id(3)] public long Seed { get; init; }

    /// <summary>How tokens are drawn.</summary>
    [Id(4)] public SamplingSettings Settings { get; init; } = new();

    /// <summary>How its work is queued. The result does not depend on it, and a repetition of the request may name another.</summary>
    [Id(5)] public Scheduling? Scheduling { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
