namespace PgmCluster.Execution.Documents;

/// <summary>Images of a source by index.</summary>
/// <param name="Location">As in <c>ImageSources.Open</c>.</param>
/// <param name="ContentSha256">Hash of the source at registration; noted in what is made from it. Work checks only that the images are there: hashing a large source again for each item would cost more than the item.</param>
/// <param name="Start">First index.</param>
/// <param name="Count">Number of images.</param>
public sealed record ImageRange(string Location, string ContentSha256, int Start, int Count);
