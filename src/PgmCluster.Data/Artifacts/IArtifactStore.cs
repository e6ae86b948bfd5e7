namespace PgmCluster.Data.Artifacts;

/// <summary>
/// Named, immutable-by-convention blobs: images, tokens, weights, metrics.
/// <para>
/// A name is relative and '/'-separated; no segment is empty, begins with a dot or holds a backslash or a control character. Any
/// other name is an <see cref="ArgumentException"/>, whatever the method.
/// </para>
/// <para>
/// A write is atomic and durable: under a name there is nothing, or the whole of one earlier write, or the whole of this one, also
/// after a kill or a loss of power at any moment; and once <see cref="WriteAsync"/> returns, this one is on the disk. Two writers of
/// one name do not disturb each other: the later to finish stands. Unfinished writes are never listed, opened or found by
/// <see cref="Exists"/>. A reader that has opened an artifact keeps its content although the name is rewritten or deleted.
/// </para>
/// </summary>
public interface IArtifactStore
{
    /// <summary>
    /// Writes an artifact, replacing one of the same name; one that holds the same bytes is left as it is, so that work repeated because
    /// its worker died between the write and the report changes nothing. Waiting for the disk blocks the thread on which
    /// <paramref name="write"/> ended, so this is not to be called within a grain's turn.
    /// </summary>
    /// <param name="name">The artifact.</param>
    /// <param name="write">Writes the content to a stream that does not seek. It is called once, and must not keep the stream.</param>
    /// <param name="ct">Ends the write; nothing is left of it.</param>
    /// <returns>The size and hash of what was written, taken from the bytes on their way.</returns>
    /// <exception cref="StorageFullException">
    /// No room; nothing is left of the write, and what the name held before is untouched.
    /// </exception>
    Task<ArtifactInfo> WriteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken ct);

    /// <summary>Opens an artifact for reading; the stream seeks.</summary>
    /// <exception cref="FileNotFoundException">There is none of that name.</exception>
    Stream OpenRead(string name);

    /// <summary>
    /// A path at which the artifact can be read or memory-mapped on this machine. The file may be missing, and is never to be written to.
    /// </summary>
    string LocalPath(string name);

    /// <summary>Whether there is an artifact of that name.</summary>
    bool Exists(string name);

    /// <summary>Reads the artifact and compares size and hash.</summary>
    /// <returns>False where it is missing or differs in any way.</returns>
    Task<bool> VerifyAsync(ArtifactInfo info, CancellationToken ct);

    /// <summary>The names that begin with <paramref name="prefix"/> (any string, "" for all), sorted ordinally.</summary>
    IEnumerable<string> List(string prefix);

    /// <summary>Removes an artifact; a missing one is no error.</summary>
    void Delete(string name);
}
