using PgmCluster.Data.Hub;

namespace PgmCluster.Execution.Pulls;

/// <summary>What a pull fetches: the artifact that its work items name, each with a range of the files.</summary>
public sealed record PullListing
{
    public required HubKind Kind { get; init; }

    /// <summary>OWNER/NAME.</summary>
    public required string Repository { get; init; }

    /// <summary>What was asked for: a branch, tag or commit.</summary>
    public required string Revision { get; init; }

    /// <summary>What it meant when it was listed.</summary>
    public required string Commit { get; init; }

    /// <summary>In ordinal order of their paths.</summary>
    public required IReadOnlyList<HubFile> Files { get; init; }

    internal HubSnapshot Snapshot => new(HubRepository.Of(Kind, Repository), Commit, Files);
}
