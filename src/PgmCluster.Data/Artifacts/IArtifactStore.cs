namespace PgmCluster.Data.Artifacts;

/// <summary>
/// Named, immutable-by-convention blobs: images, tokens, weights, metrics. The store may be on another machine; what is read of it is
/// fetched.
/// <para>
/// A name is relative and '/'-separated; no segment is empty, begins with a dot or holds a backslash or a control character. Any
/// other name is an <see cref="ArgumentException"/>, whatever the method.
/// </para>
/// <para>
/// A write is atomic and durable: under a name there is nothing, or the whole of one earlier write, or the whole of this one, also
/// after a kill or a loss of power at any moment; and once <see cref="WriteAsync"/> returns, this one is stored. Two writers of
/// one name do not disturb each other: the later to finish stands. Unfinished writes are never listed, opened or found. A reader that
/// has opened or fetched an artifact keeps its content although the name is rewritten or deleted. Writing and deleting at the same
/// time is no error, of one name or of neighbours.
/// </para>
/// </summary>
public interface IArtifactStore
{
    /// <summary>
    /// Writes an artifact, replacing one of the same name; one that holds the same bytes is left as it is and counts as written now, so
    /// that work repeated because its worker died between the write and the report changes nothing.
    /// </summary>
    /// <param name="name">The artifact.</param>
    /// <param name="write">
    /// Writes the content to a stream that does not seek. It is called once, by the caller's thread before anything else can suspend,
    /// and must not keep the stream. What comes after may block the thread on which it ended for as long as a disk takes, so this is
    /// not to be called within a grain's turn.
    /// </param>
    /// <param name="ct">Ends the write; nothing is left of it.</param>
    /// <returns>The size and hash of what was written, taken from the bytes on their way.</returns>
    /// <exception cref="StorageFullException">
    /// No room; nothing is left of the write, and what the name held before is untouched.
    /// </exception>
    Task<ArtifactInfo> WriteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken ct);

    /// <summary>Has an artifact on this machine, checked to be what was written, until the result is disposed.</summary>
    /// <param name="info">What it must be. It is read and hashed once in this process, unless it changes.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <exception cref="DataCorruptException">It is missing or has changed; the message names it.</exception>
    Task<FetchedArtifact> FetchAsync(ArtifactInfo info, CancellationToken ct);

    /// <summary>Opens whatever has a name now, unchecked; the stream seeks.</summary>
    /// <exception cref="FileNotFoundException">There is none of that name.</exception>
    Task<Stream> OpenReadAsync(string name, CancellationToken ct);

    /// <summary>What is known of an artifact without reading it; null where there is none of that name.</summary>
    Task<StoredArtifact?> FindAsync(string name, CancellationToken ct);

    /// <summary>
    /// The artifacts whose names begin with <paramref name="prefix"/> (any string, "" for all), sorted ordinally by name. What is
    /// written or deleted meanwhile may be among them or not.
    /// </summary>
    IAsyncEnumerable<StoredArtifact> ListAsync(string prefix, CancellationToken ct);

    /// <summary>
    /// The file on this machine in which an artifact lies, for a look at it unchecked; null where there is none without fetching it.
    /// </summary>
    string? FileOf(string name) => null;

    /// <summary>Where an artifact lies: for people and messages, not to be opened.</summary>
    string PlaceOf(string name);

    /// <summary>Removes an artifact; a missing one is no error.</summary>
    Task DeleteAsync(string name, CancellationToken ct);

    /// <summary>
    /// Removes an artifact unless it was written since it was seen, be it with the same bytes: a writer that has been told that its
    /// artifact is stored finds it, whoever collects meanwhile.
    /// </summary>
    /// <param name="seen">As <see cref="ListAsync"/> gave it.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <returns>False where it is kept.</returns>
    Task<bool> DeleteUnchangedAsync(StoredArtifact seen, CancellationToken ct);

    /// <summary>Reads all of an artifact from where it is stored; null where there is none of that name.</summary>
    Task<ArtifactInfo?> HashAsync(string name, CancellationToken ct);

    /// <summary>Removes what writers left behind that were killed.</summary>
    /// <param name="before">Of writes that were begun before.</param>
    /// <param name="dryRun">Only counts them.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>How many.</returns>
    Task<int> SweepAsync(DateTimeOffset before, bool dryRun, CancellationToken ct);
}
