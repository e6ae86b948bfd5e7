using PgmCluster.Data.Blobs;
using PgmCluster.Data.Images;
using PgmCluster.Data.Names;

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
        var hasSplits = HasSplits(listing, pictures);
        CheckClasses(listing, pictures, files[false], hasSplits);
        return new DatasetLayout(Name, Shards(pictures, hasSplits))
        {
            ClassNames = listing.Has(ClassFile) ? await ClassesAsync(listing, pictures, hasSplits, cancellation) : null,
            LeftOut = SourceListing.CountByExtension(files[false].Where(f => f.Name != ClassFile)),
            Remarks = (listing.Blobs as DirectoryBlobs)?.Remarks ?? [],
        };
    }

    /// <summary>
    /// Whether the first directories are splits: one is for training and has directories of classes below.
    /// </summary>
    /// <exception cref="BadInputException">Some are splits, and what lies beside or in them does not fit that.</exception>
    private static bool HasSplits(SourceListing listing, List<Blob> pictures)
    {
        var roots = pictures.GroupBy(p => RootOf(p.Name)).ToDictionary(r => r.Key, r => r.ToList(), StringComparer.Ordinal);
        var training = roots.Where(r => SplitNames.Of(r.Key) == SplitNames.Train).ToList();
        if (training.Count != 1 || !training[0].Value.All(p => IsBelowClass(p.Name)))
        {
            if (roots.Count == 1 && HasSplitsBelow(pictures, roots.Keys.First()))
                throw new BadInputException($"Opening the image folder {listing.Blobs.Location}: "
                    + $"its one directory '{roots.Keys.First()}' holds splits and no classes. "
                    + $"Give {listing.Blobs.Location}/{roots.Keys.First()}.");
            return false;
        }
        var others = roots.Keys.Where(r => SplitNames.Of(r) is null).Order(StringComparer.Ordinal).ToList();
        if (others.Count > 0)
        {
            if (roots.Count - others.Count == 1) return false;
            throw new BadInputException($"Opening the image folder {listing.Blobs.Location}: "
                + $"beside the splits {string.Join(", ", roots.Keys.Except(others).Order(StringComparer.Ordinal))} it has pictures in "
                + $"{Some(others)}. Move those away, or give the directory of one split.");
        }
        var flat = roots.Where(r => SplitNames.Of(r.Key) != SplitNames.Test).SelectMany(r => r.Value).FirstOrDefault(
            p => !IsBelowClass(p.Name));
        return flat.Name is null ? true : throw new BadInputException($"Opening the image folder {listing.Blobs.Location}: "
            + $"pictures of the split '{RootOf(flat.Name)}', such as {flat.Name}, lie in no directory of a class. "
            + "Sort them into one per class, as in 'train', or give the directory of one split.");
    }

    private static bool HasSplitsBelow(List<Blob> pictures, string root)
    {
        var below = pictures.Select(p => p.Name[(root.Length + 1)..]).ToList();
        var roots = below.Where(n => n.Contains('/')).Select(RootOf).Distinct().ToList();
        return roots.Count > 1 && roots.All(r => SplitNames.Of(r) is not null) && roots.Any(r => SplitNames.Of(r) == SplitNames.Train)
            && below.Where(n => n.Contains('/') && SplitNames.Of(RootOf(n)) == SplitNames.Train).All(IsBelowClass);
    }

    /// <summary>Whether a picture lies in a directory below its first.</summary>
    private static bool IsBelowClass(string name) => name.IndexOf('/', name.IndexOf('/') + 1) > 0;

    private static string RootOf(string name) => name[..name.IndexOf('/')];

    private static List<ShardPlan> Shards(List<Blob> pictures, bool hasSplits) => [.. PictureFiles.Shards(pictures.Select(
        p => (p, hasSplits ? SplitNames.Of(p.Name.AsSpan(0, p.Name.IndexOf('/'))) : null,
            hasSplits && !IsBelowClass(p.Name) ? null : ClassOf(p.Name, hasSplits))))];

    /// <summary>A picture's class: the first directory below that of the split.</summary>
    private static string ClassOf(string name, bool hasSplits)
    {
        var start = hasSplits ? name.IndexOf('/') + 1 : 0;
        return name[start..name.IndexOf('/', start)];
    }

    private static void CheckClasses(SourceListing listing, List<Blob> pictures, IEnumerable<Blob> others, bool hasSplits)
    {
        var classes = pictures.Where(p => !hasSplits || IsBelowClass(p.Name)).Select(p => ClassOf(p.Name, hasSplits)).ToHashSet();
        var empty = others.Where(o => o.Name.Count(c => c == '/') > (hasSplits ? 1 : 0)).Select(o => ClassOf(o.Name, hasSplits))
            .Where(c => !classes.Contains(c)).ToHashSet();
        if (empty.Count == 0) return;
        var names = Some([.. empty.Order(StringComparer.Ordinal).Select(c => $"'{c}'")]);
        throw new BadInputException(
            $"Opening the image folder {listing.Blobs.Location}: "
            + $"{names} {(empty.Count == 1 ? "has" : "have")} no pictures ({PictureNames.All}). "
            + $"Add some, or remove {(empty.Count == 1 ? "that sub-directory" : "those sub-directories")}.");
    }

    private static async Task<IReadOnlyList<string>> ClassesAsync(
        SourceListing listing, List<Blob> pictures, bool hasSplits, CancellationToken cancellation)
    {
        var listed = await listing.ClassesAsync(ClassFile, cancellation);
        var known = listed.Select(ComposedText.Of).ToHashSet(StringComparer.Ordinal);
        var missing = pictures.Where(p => !hasSplits || IsBelowClass(p.Name)).Select(p => ClassOf(p.Name, hasSplits)).Distinct()
            .Where(c => !known.Contains(ComposedText.Of(c))).Take(NamesShown).ToList();
        return missing.Count == 0 ? listed : throw new BadInputException(
            $"Opening the image folder {listing.Blobs.Location}: "
            + $"{ClassFile} lists {listed.Count} classes, and not {string.Join(", ", missing)}. "
            + "Name every class, one per line, or remove the file.");
    }

    private static string Some(List<string> names) =>
        string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "");
}
