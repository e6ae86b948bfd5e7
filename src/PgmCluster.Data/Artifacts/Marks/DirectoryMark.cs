namespace PgmCluster.Data.Artifacts.Marks;

/// <summary>The mark of a store in a directory.</summary>
/// <param name="root">The directory; made with the mark if need be.</param>
/// <param name="name">Begins with a dot, since such names are no artifacts.</param>
internal sealed class DirectoryMark(string root, string name) : IStoreMark
{
    /// <inheritdoc/>
    public string Place { get; } = Path.Combine(root, name);

    /// <inheritdoc/>
    public async Task<string?> ReadAsync(CancellationToken ct) => File.Exists(Place) ? await File.ReadAllTextAsync(Place, ct) : null;

    /// <inheritdoc/>
    public async Task WriteIfNoneAsync(string text, CancellationToken ct)
    {
        Directory.CreateDirectory(root);
        if (File.Exists(Place)) return;
        var temporary = $"{Place}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), ct);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, Place, overwrite: false);
        }
        catch (IOException) when (File.Exists(Place))
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw;
        }
    }
}
