using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Pulls;

/// <summary>What a pull fetched: every file with the size and hash that the Hub lists.</summary>
[GenerateSerializer, Immutable, Alias("pgm.PullResult")]
public sealed record PullResult
{
    /// <summary>OWNER/NAME.</summary>
    [Id(0)] public required string Repository { get; init; }

    /// <summary>What the revision meant when the pull began.</summary>
    [Id(1)] public required string Commit { get; init; }

    /// <summary>Where the files are, as the silos see it.</summary>
    [Id(2)] public required string Directory { get; init; }

    /// <summary>How many files they are.</summary>
    [Id(3)] public required int Files { get; init; }

    /// <summary>Of the files.</summary>
    [Id(4)] public required long Bytes { get; init; }

    /// <summary>Bytes that came over the network; the others were there already, or came before a worker's end.</summary>
    [Id(5)] public required long Transferred { get; init; }

    /// <summary>The list of all files: path, size and hash.</summary>
    [Id(6)] public required ArtifactReference Listing { get; init; }

    /// <summary>The first files, by their paths within <see cref="Directory"/>.</summary>
    [Id(7)] public required IReadOnlyList<string> Names { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
