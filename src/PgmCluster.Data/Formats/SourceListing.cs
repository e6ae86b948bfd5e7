using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats;

/// <summary>All files of a source, listed once.</summary>
public sealed class SourceListing
{
    private SourceListing(IBlobs blobs, IReadOnlyList<Blob> files) => (Blobs, Files) = (blobs, files);

    /// <summary>Where the files lie.</summary>
    public IBlobs Blobs { get; }

    /// <summary>In the order of <see cref="IBlobs.ListAsync"/>.</summary>
    public IReadOnlyList<Blob> Files { get; }

    /// <summary>Lists a source.</summary>
    public static async Task<SourceListing> OfAsync(IBlobs blobs, CancellationToken cancellation = default)
    {
        var files = new Segments<Blob>();
        await foreach (var blob in blobs.ListAsync(cancellation)) files.Add(blob);
        return new SourceListing(blobs, files);
    }

    /// <summary>Whether a file is there. Looks at all of them: a set of their names would take as much memory as they do.</summary>
    public bool Has(string name) => Files.Any(f => f.Name == name);

    /// <summary>How many of some files there are, by extension in lower case.</summary>
    public static SortedDictionary<string, int> CountByExtension(IEnumerable<Blob> files)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var extension = Path.GetExtension(file.Name).ToLowerInvariant();
            counts[extension] = counts.GetValueOrDefault(extension) + 1;
        }
        return counts;
    }

    /// <summary>The lines of a small text file, without blank ones at the end.</summary>
    /// <exception cref="BadInputException">It is over 16 MB, or not UTF-8.</exception>
    public async Task<IReadOnlyList<string>> LinesAsync(string name, CancellationToken cancellation = default)
    {
        var bytes = await SmallFile.ReadAsync(Blobs, name, cancellation);
        var lines = SmallFile.Text(bytes, $"{Blobs.Location}/{name}").Split('\n').Select(l => l.TrimEnd('\r')).ToList();
        while (lines.Count > 0 && string.IsNullOrWhiteSpace(lines[^1])) lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    /// <summary>The classes that a small text file names, one a line; blank lines do not count.</summary>
    /// <exception cref="BadInputException">It is over 16 MB, or not UTF-8.</exception>
    public async Task<IReadOnlyList<string>> ClassesAsync(string name, CancellationToken cancellation = default) =>
        [.. (await LinesAsync(name, cancellation)).Select(l => l.Trim()).Where(l => l.Length > 0)];
}
