using PgmCluster.Data.Blobs;
using PgmCluster.Data.Images;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// A directory per class with its pictures anywhere below (torchvision's ImageFolder), or such directories below one per split
/// (<c>train/</c>, <c>val/</c>, <c>test/</c>). A shard is a run of <see cref="PictureFiles.ShardLength"/> pictures in the order of the
/// list. <c>classes.txt</c> beside the classes, if there is one, gives their order.
/// </summary>
public sealed class FolderFormat : PictureFilesFormat
{
    private const string ClassFile = "classes.txt";
    private const int NamesShown = 5;

    /// <inheritdoc/>
    public override string Name => "folder";

    /// <inheritdoc/>
    public override async ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default)
    {
        var files = listing.Files.ToLookup(f => PictureNames.Is(f.Name) && f.Name.Contains('/'));
        var pictures = files[true].ToList();
        if (pictures.Count == 0) return null;
        var hasSplits = HasSplits(pictures);
        CheckClasses(listing, pictures, files[false], hasSplits);
        return new DatasetLayout(Name, Shards(pictures, hasSplits))
        {
            ClassNames = listing.Has(ClassFile) ? await ClassesAsync(listing, pictures, hasSplits, cancellation) : null,
            LeftOut = SourceListing.CountByExtension(files[false].Where(f => f.Name != ClassFile)),
            Remarks = (listing.Blobs as DirectoryBlobs)?.Remarks ?? [],
        };
    }

    /// <summary>
    /// Whether the first directories are splits: all of them are named so, one is for training, and below each lie classes.
    /// </summary>
    private static bool HasSplits(List<Blob> pictures)
    {
        var roots = pictures.GroupBy(p => p.Name[..p.Name.IndexOf('/')]).ToList();
        return roots.All(r => SplitNames.Of(r.Key) is not null) && roots.Any(r => SplitNames.Of(r.Key) == SplitNames.Train)
            && roots.All(r => r.All(p => p.Name.IndexOf('/', r.Key.Length + 1) > 0));
    }

    private static List<ShardPlan> Shards(List<Blob> pictures, bool hasSplits) => [.. PictureFiles.Shards(pictures.Select(
        p => (p, hasSplits ? SplitNames.Of(p.Name.AsSpan(0, p.Name.IndexOf('/'))) : null, (string?)ClassOf(p.Name, hasSplits))))];

    /// <summary>A picture's class: the first directory below that of the split.</summary>
    private static string ClassOf(string name, bool hasSplits)
    {
        var start = hasSplits ? name.IndexOf('/') + 1 : 0;
        return name[start..name.IndexOf('/', start)];
    }

    private static void CheckClasses(SourceListing listing, List<Blob> pictures, IEnumerable<Blob> others, bool hasSplits)
    {
        var classes = pictures.Select(p => ClassOf(p.Name, hasSplits)).ToHashSet();
        var empty = others.Where(o => o.Name.Count(c => c == '/') > (hasSplits ? 1 : 0)).Select(o => ClassOf(o.Name, hasSplits))
            .Where(c => !classes.Contains(c)).ToHashSet();
        if (empty.Count == 0) return;
        var names = string.Join(", ", empty.Order(StringComparer.Ordinal).Take(NamesShown).Select(c => $"'{c}'"))
            + (empty.Count > NamesShown ? $" and {empty.Count - NamesShown} more" : "");
        throw new BadInputException(
            $"Opening the image folder {listing.Blobs.Location}: "
            + $"{names} {(empty.Count == 1 ? "has" : "have")} no pictures ({PictureNames.All}). "
            + $"Add some, or remove {(empty.Count == 1 ? "that sub-directory" : "those sub-directories")}.");
    }

    private static async Task<IReadOnlyList<string>> ClassesAsync(
        SourceListing listing, List<Blob> pictures, bool hasSplits, CancellationToken cancellation)
    {
        var listed = await listing.LinesAsync(ClassFile, cancellation);
        var known = listed.ToHashSet(StringComparer.Ordinal);
        var missing = pictures.Select(p => ClassOf(p.Name, hasSplits)).Distinct().Where(c => !known.Contains(c)).Take(NamesShown).ToList();
        return missing.Count == 0 ? listed : throw new BadInputException(
            $"Opening the image folder {listing.Blobs.Location}: "
            + $"{ClassFile} lists {listed.Count} classes, and not {string.Join(", ", missing)}. "
            + "Name every class, one per line, or remove the file.");
    }
}
