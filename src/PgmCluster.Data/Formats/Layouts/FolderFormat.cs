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
        // Gone through again and again, and never copied: there may be millions.
        var pictures = listing.Files.Where(f => IsOfFolder(f.Name));
        var others = listing.Files.Where(f => !IsOfFolder(f.Name));
        if (!pictures.Any()) return null;
        var hasSplits = HasSplits(listing, pictures);
        CheckClasses(listing, pictures, others, hasSplits);
        if (hasSplits) CheckValidation(listing, pictures);
        return new DatasetLayout(Name, Shards(pictures, hasSplits))
        {
            ClassNames = listing.Has(ClassFile) ? await ClassesAsync(listing, pictures, hasSplits, cancellation) : null,
            LeftOut = SourceListing.CountByExtension(others.Where(f => f.Name != ClassFile)),
            Remarks = (listing.Blobs as DirectoryBlobs)?.Remarks ?? [],
        };
    }

    /// <summary>
    /// Whether the first directories are splits: some are named as such and have directories of classes below. Where none has, they are
    /// classes, whatever their names.
    /// </summary>
    /// <exception cref="BadInputException">Some are splits, and what lies beside or in them does not fit that.</exception>
    private static bool HasSplits(SourceListing listing, IEnumerable<Blob> pictures)
    {
        var roots = Distinct(pictures.Select(p => p.Name), RootSpan);
        var splits = roots.Where(r => SplitNames.Of(r) is not null).ToDictionary(
            r => r, r => pictures.Where(p => RootSpan(p.Name).SequenceEqual(r)));
        if (!splits.Values.Any(r => r.Any(p => IsBelowClass(p.Name))))
        {
            if (roots.Count == 1 && roots.First() is var only && HasSplitsBelow(pictures, only))
                throw Bad(listing, $"its one directory '{only}' holds splits and no classes. Give {listing.Blobs.Location}/{only}");
            return false;
        }
        var names = splits.Keys.Order(StringComparer.Ordinal).ToList();
        var others = roots.Except(names).Order(StringComparer.Ordinal).ToList();
        if (others.Count > 0)
            throw Bad(listing, $"beside the split{(names.Count == 1 ? "" : "s")} {string.Join(", ", names)} it has pictures in "
                + $"{FewOf.List(others, NamesShown)}. Move those away, or give the directory of one split; "
                + "a class of such a name has no directories below");
        if (names.GroupBy(r => SplitNames.Of(r)).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Bad(listing, $"{string.Join(" and ", twice)} are both the split '{twice.Key}'. Put them together");
        foreach (var name in names)
        {
            var flat = splits[name].FirstOrDefault(p => !IsBelowClass(p.Name));
            // Pictures to be tested on often have no labels.
            var isUnlabelled = SplitNames.Of(name) == SplitNames.Test && !splits[name].Any(p => IsBelowClass(p.Name));
            if (flat.Name is null || isUnlabelled) continue;
            throw Bad(listing, $"pictures of the split '{name}', such as {flat.Name}, lie in no directory of a class. "
                + "Sort them into one per class, or give the directory of one split");
        }
        return true;
    }

    /// <exception cref="BadInputException">Pictures of a class are held out, and there are none to train on.</exception>
    private static void CheckValidation(SourceListing listing, IEnumerable<Blob> pictures)
    {
        // Of each split's directory and class one.
        var classes = Distinct(pictures.Select(p => p.Name).Where(IsBelowClass), n => n.AsSpan(0, n.IndexOf('/', n.IndexOf('/') + 1)))
            .ToLookup(d => SplitNames.Of(RootSpan(d)), d => ComposedText.Of(d[(d.IndexOf('/') + 1)..]));
        if (!classes.Contains(SplitNames.Train)) return;
        var unknown = classes[SplitNames.Validation].Except(classes[SplitNames.Train]).Order(StringComparer.Ordinal)
            .Select(c => $"'{c}'").ToList();
        if (unknown.Count > 0)
            throw Bad(listing, $"the validation split has pictures of {FewOf.List(unknown, NamesShown)}, "
                + "for which the training split has none. Add some there, or remove these");
    }

    private static BadInputException Bad(SourceListing listing, string found) =>
        new($"Opening the image folder {listing.Blobs.Location}: {found}.");

    private static bool HasSplitsBelow(IEnumerable<Blob> pictures, string root) => pictures.Select(p => p.Name[(root.Length + 1)..]).Any(
        n => n.Contains('/') && SplitNames.Of(RootSpan(n)) is not null && IsBelowClass(n));

    private static bool IsOfFolder(string name) => name.Contains('/') && PictureNames.Is(name);

    /// <summary>The parts of names that differ, in the order in which they come; a text is made for each of those alone.</summary>
    private static List<string> Distinct(IEnumerable<string> names, PartOf part)
    {
        var (seen, order) = (new HashSet<string>(StringComparer.Ordinal), new List<string>());
        var lookup = seen.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var name in names)
        {
            if (!lookup.Add(part(name))) continue;
            order.Add(part(name).ToString());
        }
        return order;
    }

    /// <summary>Whether a picture lies in a directory below its first.</summary>
    private static bool IsBelowClass(string name) => name.IndexOf('/', name.IndexOf('/') + 1) > 0;

    private static ReadOnlySpan<char> RootSpan(string name) => name.AsSpan(0, name.IndexOf('/'));

    private static List<ShardPlan> Shards(IEnumerable<Blob> pictures, bool hasSplits)
    {
        // Pictures of a class follow each other, and share its name.
        string? last = null;
        return [.. PictureFiles.Shards(pictures.Select(p => (p, hasSplits ? SplitNames.Of(RootSpan(p.Name)) : null, Label(p.Name))))];

        string? Label(string name)
        {
            if (hasSplits && !IsBelowClass(name)) return null;
            var label = ClassOf(name, hasSplits);
            return last is not null && label.SequenceEqual(last) ? last : last = label.ToString();
        }
    }

    /// <summary>A picture's class: the first directory below that of the split.</summary>
    private static ReadOnlySpan<char> ClassOf(string name, bool hasSplits)
    {
        var start = hasSplits ? name.IndexOf('/') + 1 : 0;
        return name.AsSpan(start, name.IndexOf('/', start) - start);
    }

    private static void CheckClasses(SourceListing listing, IEnumerable<Blob> pictures, IEnumerable<Blob> others, bool hasSplits)
    {
        var classes = Classes(pictures, hasSplits).ToHashSet();
        var empty = Distinct(
            others.Select(o => o.Name).Where(n => n.AsSpan().Count('/') > (hasSplits ? 1 : 0)), n => ClassOf(n, hasSplits))
            .Where(c => !classes.Contains(c)).ToList();
        if (empty.Count == 0) return;
        var names = FewOf.List([.. empty.Order(StringComparer.Ordinal).Select(c => $"'{c}'")], NamesShown);
        throw new BadInputException(
            $"Opening the image folder {listing.Blobs.Location}: "
            + $"{names} {(empty.Count == 1 ? "has" : "have")} no pictures ({PictureNames.All}). "
            + $"Add some, or remove {(empty.Count == 1 ? "that sub-directory" : "those sub-directories")}.");
    }

    private static async Task<IReadOnlyList<string>> ClassesAsync(
        SourceListing listing, IEnumerable<Blob> pictures, bool hasSplits, CancellationToken cancellation)
    {
        var listed = await listing.ClassesAsync(ClassFile, cancellation);
        var known = listed.Select(ComposedText.Of).ToHashSet(StringComparer.Ordinal);
        var missing = Classes(pictures, hasSplits).Where(c => !known.Contains(ComposedText.Of(c))).Take(NamesShown).ToList();
        return missing.Count == 0 ? listed : throw new BadInputException(
            $"Opening the image folder {listing.Blobs.Location}: "
            + $"{ClassFile} lists {listed.Count} classes, and not {string.Join(", ", missing)}. "
            + "Name every class, one per line, or remove the file.");
    }

    private static List<string> Classes(IEnumerable<Blob> pictures, bool hasSplits) =>
        Distinct(pictures.Select(p => p.Name).Where(n => !hasSplits || IsBelowClass(n)), n => ClassOf(n, hasSplits));

    private delegate ReadOnlySpan<char> PartOf(string name);
}
