using PgmCluster.Data.Blobs;
using PgmCluster.Data.Names;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// A list of pictures beside them, in CSV (with a header) or JSON lines: a path relative to the list in the column <c>file_name</c>,
/// <c>filename</c>, <c>path</c>, <c>image_path</c>, <c>image</c> or <c>file</c>, its label in <c>label</c>, <c>class</c>,
/// <c>class_name</c>, <c>category</c> or <c>target</c>, and, if there is such a column, its <c>split</c>. <c>metadata.csv</c> and
/// <c>metadata.jsonl</c> are what Hugging Face's image folders call it.
/// </summary>
public sealed class PathListFormat : PictureFilesFormat
{
    private const int NamesShown = 3;
    private static readonly string[] Lists = ["metadata.csv", "metadata.jsonl", "labels.csv", "labels.jsonl", "train.csv", "train.jsonl"];

    /// <inheritdoc/>
    public override string Name => "list";

    /// <inheritdoc/>
    public override async ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default)
    {
        if (Lists.FirstOrDefault(listing.Has) is not { } list) return null;
        var bytes = await SmallFile.ReadAsync(listing.Blobs, list, cancellation);
        var path = $"{listing.Blobs.Location}/{list}";
        var rows = list.EndsWith(".csv", StringComparison.Ordinal)
            ? PathList.OfCsv(SmallFile.Text(bytes, path), path)
            : PathList.OfJsonLines(SmallFile.Text(bytes, path), path);
        if (rows is null) return null;
        var files = listing.Files.ToDictionary(f => f.Name, StringComparer.Ordinal);
        Check(rows, files, path);
        var listed = rows.Select(r => r.Path).ToHashSet(StringComparer.Ordinal);
        return new DatasetLayout(
            Name,
            [.. PictureFiles.Shards(rows.Select(r => (files[r.Path], r.Split is null ? null : SplitNames.Of(r.Split) ?? r.Split,
                r.Label)))])
        {
            LeftOut = SourceListing.CountByExtension(listing.Files.Where(f => f.Name != list && !listed.Contains(f.Name))),
        };
    }

    private static void Check(IReadOnlyList<PathList.Row> rows, Dictionary<string, Blob> files, string path)
    {
        if (rows.Count == 0) throw new BadInputException($"Reading the list {path}: it names no pictures. Add a row for each.");
        var gone = rows.Where(r => !files.ContainsKey(r.Path)).ToList();
        if (gone.Count > 0)
        {
            throw new BadInputException($"Reading the list {path}: "
                + $"{FewOf.List([.. gone.Select(r => $"{r.Path} (line {r.Line})")], NamesShown)} of it "
                + $"{(gone.Count == 1 ? "is" : "are")} not there. Put the pictures beside the list, with the paths that it gives.");
        }
        if (rows.GroupBy(r => r.Path).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new BadInputException(
                $"Reading the list {path}: it names {twice.Key} in the lines {string.Join(" and ", twice.Select(r => r.Line))}. "
                + "Name each picture once.");
    }
}
