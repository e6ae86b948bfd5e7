using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Pulls;

/// <summary>
/// Files of a repository of the Hub. Who asks for them is no part of it: the silos take address and token from their own environment.
/// </summary>
[GenerateSerializer, Immutable, Alias("pgm.PullRequest")]
public sealed record PullRequest : IScheduledRequest
{
    /// <summary>Which of the Hub's two kinds of repository it is.</summary>
    [Id(0)] public required PullKind Kind { get; init; }

    /// <summary>OWNER/NAME.</summary>
    [Id(1)] public required string Repository { get; init; }

    /// <summary>A branch, tag or commit.</summary>
    [Id(2)] public string Revision { get; init; } = "main";

    /// <summary>
    /// Names, directories with a slash at their end, or patterns, in which * stands for any characters and ? for one; empty for all.
    /// </summary>
    [Id(3)] public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>What is left out of these, in the same way.</summary>
    [Id(4)] public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Leaves out the files that are named after another split; null for those of all splits.</summary>
    [Id(5)] public string? Split { get; init; }

    /// <summary>Files that one device fetches at a time, 1 to 64.</summary>
    [Id(6)] public int Parallel { get; init; } = 8;

    /// <summary>How its work is queued. The result does not depend on it, and a repetition of the request may name another.</summary>
    [Id(7)] public Scheduling? Scheduling { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
