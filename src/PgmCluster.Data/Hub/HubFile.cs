namespace PgmCluster.Data.Hub;

/// <summary>One file of a repository at one commit.</summary>
/// <param name="Path">Within the repository, '/'-separated.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Lower-case hex, of files in large file storage; null for those in git itself.</param>
/// <param name="GitHash">SHA-1 of the git object, lower-case hex; null for files in large file storage.</param>
public sealed record HubFile(string Path, long Length, string? Sha256, string? GitHash);
