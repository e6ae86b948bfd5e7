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
        if (hasSplits) CheckValidation(listing, pictures);
        return new DatasetLayout(Name, Shards(pictures, hasSplits))
        {
            ClassNames = listing.Has(ClassFile) ? await ClassesAsync(listing, pictures, hasSplits, cancellation) : null,
            LeftOut = SourceListing.CountByExtension(files[false].Where(f => f.Name != ClassFile)),
            Remarks = (listing.Blobs as DirectoryBlobs)?.Remarks ?? [],
        };
    }

    /// <summary>
    /// Whether the first directories are splits: some are named as such and have directories of classes below. Where none has, they are
    /// classes, whatever their names.
    /// </summary>
    /// <exception cref="BadInputException">Some are splits, and what lies beside or in them does not fit that.</exception>
    private static bool HasSplits(SourceListing listing, List<Blob> pictures)
    {
        var roots = pictures.ToLookup(p => RootOf(p.Name), StringComparer.Ordinal);
        var splits = roots.Where(r => SplitNames.Of(r.Key) is not null).ToList();
        if (!splits.Any(r => r.Any(p => IsBelowClass(p.Name))))
        {
            if (roots.Count == 1 && roots.First().Key is var only && HasSplitsBelow(pictures, only))
                throw Bad(listing, $"its one directory '{only}' holds splits and no classes. Give {listing.Blobs.Location}/{only}");
            return false;
        }
        var names = splits.Select(r => r.Key).Order(StringComparer.Ordinal).ToList();
        var others = roots.Select(r => r.Key).Except(names).Order(StringComparer.Ordinal).ToList();
        if (others.Count > 0)
            throw Bad(listing, $"beside the split{(names.Count == 1 ? "" : "s")} {string.Join(", ", names)} it has pictures in "
                + $"{FewOf.List(others, NamesShown)}. Move those away, or give the directory of one split; "
                + "a class of such a name has no directories below");
        if (splits.GroupBy(r => SplitNames.Of(r.Key)).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Bad(listing, $"{string.Join(" and ", twice.Select(r => r.Key))} are both the split '{twice.Key}'. Put them together");
        foreach (var split in splits)
        {
            var flat = split.FirstOrDefault(p => !IsBelowClass(p.Name));
            // Pictures to be tested on often have no labels.
            var isUnlabelled = SplitNames.Of(split.Key) == SplitNames.Test && !split.Any(p => IsBelowClass(p.Name));
            if (flat.Name is null || isUnlabelled) continue;
            throw Bad(listing, $"pictures of the split '{split.Key}', such as {flat.Name}, lie in no directory of a class. "
                + "Sort them into one per class, or give the directory of one split");
        }
        return true;
    }

    /// <exception cref="BadInputException">Pictures of a class are held out, and there are none to train on.</exception>
    private static void CheckValidation(SourceListing listing, List<Blob> pictures)
    {
        var classes = pictures.Where(p => IsBelowClass(p.Name)).ToLookup(
            p => SplitNames.Of(RootOf(p.Name)), p => ComposedText.Of(ClassOf(p.Name, hasSplits: true)));
        if (!classes.Contains(SplitNames.Train)) return;
        var unknown = classes[SplitNames.Validation].Except(classes[SplitNames.Train]).Order(StringComparer.Ordinal)
            .Select(c => $"'{c}'").ToList();
        if (unknown.Count > 0)
            throw Bad(listing, $"the validation split has pictures of {FewOf.List(unknown, NamesShown)}, "
                + "for which the training split has none. Add some there, or remove these");
    }

    private static BadInputException Bad(SourceListing listing, string found) =>
        new($"Opening the image folder {listing.Blobs.Location}: {found}.");

    private static bool HasSplitsBelow(List<Blob> pictures, string root) => pictures.Select(p => p.Name[(root.Length + 1)..]).Any(
        n => n.Contains('/') && SplitNames.Of(RootOf(n)) is not null && IsBelowClass(n));

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
        var names = FewOf.List([.. empty.Order(StringComparer.Ordinal).Select(c => $"'{c}'")], NamesShown);
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
}
