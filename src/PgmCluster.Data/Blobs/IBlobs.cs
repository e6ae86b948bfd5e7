namespace PgmCluster.Data.Blobs;

/// <summary>
/// The files of a source, wherever they lie: a directory, a server, a bucket. All members may be used from several threads at once.
/// </summary>
public interface IBlobs
{
    /// <summary>Where they lie, for people and messages.</summary>
    string Location { get; }

    /// <summary>Lists every file once, in ordinal order of the names within each directory. May take long.</summary>
    /// <exception cref="BadInputException">The source is missing or cannot be read; the message names what.</exception>
    IAsyncEnumerable<Blob> ListAsync(CancellationToken cancellation = default);

    /// <summary>Opens a file at a byte; what is read from there on goes forward.</summary>
    /// <param name="name">As listed.</param>
    /// <param name="offset">0 to the file's length.</param>
    /// <param name="cancellation">Ends the opening, and reads from the stream that are given it.</param>
    /// <exception cref="BadInputException">The file has gone or cannot be read.</exception>
    ValueTask<Stream> OpenAsync(string name, long offset, CancellationToken cancellation = default);
}
