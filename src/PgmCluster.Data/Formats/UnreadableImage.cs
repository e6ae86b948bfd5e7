namespace PgmCluster.Data.Formats;

/// <summary>A picture that cannot be decoded.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Reason">What is wrong with it, in a sentence.</param>
public sealed record UnreadableImage(string Key, string Reason);
