using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Datasets;

/// <summary>A source that was listed, to be read.</summary>
[GenerateSerializer, Immutable, Alias("pgm.RegistrationRequest")]
public sealed record RegistrationRequest
{
    /// <summary>The dataset's name.</summary>
    [Id(0)] public required string Dataset { get; init; }

    /// <summary>What was asked for, with the format that was found.</summary>
    [Id(1)] public required DatasetRequest Asked { get; init; }

    /// <summary>The shards, and the indexes that are known of an earlier registration.</summary>
    [Id(2)] public required ArtifactReference Plan { get; init; }

    /// <summary>At which byte of the plan each shard begins that is to be indexed.</summary>
    [Id(3)] public required IReadOnlyList<long> Open { get; init; }

    /// <summary>The manifest that the name has by now; null for none.</summary>
    [Id(4)] public ArtifactReference? Known { get; init; }

    /// <summary>Where the files of <see cref="Known"/> are.</summary>
    [Id(5)] public string? KnownLocation { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
