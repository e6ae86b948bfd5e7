namespace PgmCluster.Cli.Lineages;

/// <summary>One thing of a lineage.</summary>
/// <param name="Id">Names it within the lineage, such as "job:r1" or "dataset:photos".</param>
/// <param name="What">"weights", "tokens", "images", "scores", "statistics", "files", "manifest", "dataset", "file" or "place".</param>
/// <param name="Name">Of the job, the dataset, the file or the place.</param>
/// <param name="Sha256">Its content, lower-case hex; null where it has none or it is not known.</param>
/// <param name="Summary">One line; "" where there is nothing to say.</param>
/// <param name="From">What it was made from.</param>
internal sealed record LineageNode(
    string Id, string What, string Name, string? Sha256, string Summary, IReadOnlyList<LineageEdge> From)
{
    /// <summary>Hashes of what was made with it, which others may be made from.</summary>
    public IReadOnlyList<string> MoreSha256 { get; init; } = [];

    /// <summary>What to know about it; null where there is nothing.</summary>
    public string? Note { get; init; }

    /// <summary>The first digits of the hash, as far as it is known.</summary>
    public string Hash => Sha256 is { } hash ? Short(hash) : "";

    public static string Short(string sha256) => sha256.Length > 12 ? sha256[..12] : sha256;
}

/// <summary>That something was made from something.</summary>
/// <param name="Role">What it was used as.</param>
/// <param name="Node">The other's <see cref="LineageNode.Id"/>.</param>
/// <param name="Sha256">Its content at that time; null where that was not recorded, or it has none.</param>
/// <param name="Note">Where it is not what it was, or that is not known; else null.</param>
internal sealed record LineageEdge(string Role, string Node, string? Sha256, string? Note);
