namespace PgmCluster.Grains.Datasets;

/// <summary>What reading a source tells.</summary>
/// <param name="SourceKind">"idx" or "image-folder".</param>
/// <param name="Images">Number of images.</param>
/// <param name="ClassNames">By class index.</param>
/// <param name="ContentSha256">Over images and labels, lower-case hex.</param>
public sealed record DatasetFacts(string SourceKind, int Images, IReadOnlyList<string> ClassNames, string ContentSha256);
