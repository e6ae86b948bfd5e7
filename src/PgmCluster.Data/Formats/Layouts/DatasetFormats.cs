using PgmCluster.Data.Formats.Tables;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>The formats that are known, and finding out which one a source is of.</summary>
public static class DatasetFormats
{
    private const int NamesShown = 5;

    /// <summary>In the order in which they are tried: those that are sure by their files' names first.</summary>
    public static IReadOnlyList<IDatasetFormat> All { get; } =
        [new IdxFormat(), new CifarFormat(), new CifarPythonFormat(), new Stl10Format(), new CocoFormat(), new WebDatasetFormat(),
            new ParquetFormat(), new KaggleImageNetFormat(), new PathListFormat(), new FolderFormat()];

    /// <summary>The format of a name.</summary>
    /// <exception cref="BadInputException">There is none of that name.</exception>
    public static IDatasetFormat Named(string name) => All.FirstOrDefault(f => f.Name == name)
        ?? throw new BadInputException(
            $"There is no format '{name}' of datasets. "
            + $"Give one of {string.Join(", ", All.Select(f => f.Name))}, or none to have it recognised.");

    /// <summary>Lays a source out.</summary>
    /// <param name="listing">The source's files.</param>
    /// <param name="format">A format's name; null to try them all.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="BadInputException">It is of no format that is known, or not of the one that was named.</exception>
    public static async Task<DatasetLayout> RecognizeAsync(
        SourceListing listing, string? format = null, CancellationToken cancellation = default)
    {
        foreach (var candidate in format is null ? All : [Named(format)])
        {
            if (await candidate.RecognizeAsync(listing, cancellation) is { } layout)
                return layout with
                {
                    Shards = [.. layout.Shards.OrderBy(s => SplitNames.Rank(s.Split)).ThenBy(s => s.Split,
                    StringComparer.Ordinal)]
                };
        }
        var names = listing.Files.Take(NamesShown).Select(f => f.Name).ToList();
        var found = names.Count == 0
            ? "nothing"
            : string.Join(", ", names) + (listing.Files.Count > NamesShown ? $" and {listing.Files.Count - NamesShown} more" : "");
        throw new BadInputException(
            $"Opening the dataset {listing.Blobs.Location}: "
            + $"found {found}, which is not laid out as {format ?? string.Join(" or ", All.Select(f => f.Name))}. "
            + "See deploy/docs/data.md.");
    }
}
