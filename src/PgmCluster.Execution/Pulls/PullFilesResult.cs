namespace PgmCluster.Execution.Pulls;

/// <summary>Result of fetching some files of a pull.</summary>
public sealed record PullFilesResult
{
    public required int Files { get; init; }

    /// <summary>Of the files.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes that came over the network this time; the others were there already.</summary>
    public required long Transferred { get; init; }
}
