namespace PgmCluster.Contracts.Jobs;

/// <summary>One of the things that something was made from.</summary>
/// <param name="Role">
/// What it was used as: "dataset", "tokens", "tokenizer", "model", "features", "statistics", "checkpoint", "source".
/// </param>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Name">Of the job, the dataset, the file or the place.</param>
/// <param name="Sha256">Its content at that time, lower-case hex; null where that was not recorded, and of places.</param>
[GenerateSerializer, Immutable, Alias("pgm.OriginSource")]
public sealed record OriginSource(
    [property: Id(0)] string Role, [property: Id(1)] OriginKind Kind, [property: Id(2)] string Name, [property: Id(3)] string? Sha256)
{
    /// <summary>What a job made; where the job is not named, the file's own name tells it.</summary>
    /// <param name="role">What it was used as.</param>
    /// <param name="file">It; null where it was not recorded.</param>
    /// <param name="job">The job; null where only the file is known.</param>
    /// <param name="otherwise">What to call it where no job made it; null for the file's name.</param>
    public static OriginSource Of(string role, ArtifactReference? file, string? job = null, string? otherwise = null) =>
        (job ?? (file is null ? null : OwnerOf(file.Name))) is { Length: > 0 } owner
            ? new OriginSource(role, OriginKind.Job, owner, file?.Sha256)
            : new OriginSource(role, OriginKind.File, otherwise ?? file?.Name ?? "unknown", file?.Sha256);

    /// <summary>A dataset as it was then; null where its content was not recorded.</summary>
    public static OriginSource OfDataset(string name, string? contentSha256) => new("dataset", OriginKind.Dataset, name, contentSha256);

    /// <summary>The job that made an artifact, by the artifact's name; null where none did.</summary>
    public static string? OwnerOf(string artifact) =>
        artifact.Split('/') is [var folder, { Length: > 0 } job, _, ..] && Folders.Contains(folder) ? job : null;

    private static readonly string[] Folders = ["runs", "tokens", "samples", "evaluations", "statistics"];
}
