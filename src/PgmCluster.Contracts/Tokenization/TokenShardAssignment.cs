using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>What one shard has to compute: a pure function of this record and of the files it names.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TokenShardAssignment")]
public sealed record TokenShardAssignment
{
    /// <summary>The tokenization's id.</summary>
    [Id(0)] public required string JobId { get; init; }

    /// <summary>The shard's number in the job, from 0.</summary>
    [Id(1)] public required int Index { get; init; }

    /// <summary>The work item for the device, as JSON.</summary>
    [Id(2)] public required string Work { get; init; }

    /// <summary>The job's attempt: a failed or cancelled shard is tried again only for a later one.</summary>
    [Id(3)] public int Attempt { get; init; } = 1;

    /// <summary>How the job is queued.</summary>
    [Id(4)] public Scheduling? Scheduling { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
