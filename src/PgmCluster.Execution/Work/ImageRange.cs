namespace PgmCluster.Execution.Work;

/// <summary>Images of a source by index.</summary>
/// <param name="Location">As in <c>ImageSources.Open</c>.</param>
/// <param name="ContentSha256">What the source must contain; a change since registration is an error, not another result.</param>
/// <param name="Start">First index.</param>
/// <param name="Count">Number of images.</param>
public sealed record ImageRange(string Location, string ContentSha256, int Start, int Count);
