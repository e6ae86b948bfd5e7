namespace PgmCluster.Data.Manifests;

/// <summary>Pictures that follow each other in the order of the dataset.</summary>
/// <param name="Name">"train", "validation" or another name of the source's own.</param>
/// <param name="Start">The first position.</param>
/// <param name="Count">How many.</param>
/// <param name="ImagesByClass">How many of each class.</param>
public sealed record ManifestSplit(string Name, int Start, int Count, IReadOnlyList<int> ImagesByClass)
{
    /// <summary>As <see cref="DatasetManifest.ContentSha256"/>, over its pictures; null in manifests of before.</summary>
    public string? ContentSha256 { get; init; }
}
