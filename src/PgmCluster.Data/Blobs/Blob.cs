namespace PgmCluster.Data.Blobs;

/// <summary>One file of a source.</summary>
/// <param name="Name">Relative to the source, '/'-separated, never with <c>..</c> or a leading slash.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct Blob(string Name, long Length)
{
    /// <summary>The part of the name behind the last slash.</summary>
    public ReadOnlySpan<char> FileName => Name.AsSpan(Name.LastIndexOf('/') + 1);
}
