namespace PgmCluster.Data.Downloads;

/// <summary>A file that is to be fetched, and what is known of it before.</summary>
/// <param name="What">What is attempted, for messages: "Fetching a.tar of timm/imagenet-1k-wds".</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Lower-case hex; null where only <paramref name="GitHash"/> is known.</param>
/// <param name="GitHash">SHA-1 of the git object with its content, lower-case hex.</param>
/// <param name="Advice">What to do where something else comes; null for what helps anywhere.</param>
internal sealed record RemoteFile(string What, long Length, string? Sha256, string? GitHash = null, string? Advice = null);
