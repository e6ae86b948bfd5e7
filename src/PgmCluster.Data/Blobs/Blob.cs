namespace PgmCluster.Data.Blobs;

/// <summary>One file of a source.</summary>
/// <param name="Name">Relative to the source, '/'-separated, never with <c>..</c> or a leading slash.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct Blob(string Name, long Length)
{
    /// <summary>
    /// When the file was last written, as its source says (100 ns since the year 1); 0 where it does not. Equal name, length and time mean
    /// that a file need not be read again to be known; whatever is read later is compared by hash all the same.
    /// </summary>
    public long Changed { get; init; }

    /// <summary>The part of the name behind the last slash.</summary>
    public ReadOnlySpan<char> FileName => Name.AsSpan(Name.LastIndexOf('/') + 1);
}
