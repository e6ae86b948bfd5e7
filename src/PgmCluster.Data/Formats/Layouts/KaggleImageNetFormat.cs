using PgmCluster.Data.Blobs;
using PgmCluster.Data.Images;
using PgmCluster.Data.Names;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// ImageNet as Kaggle's challenge and the original archives lay it out: a folder per synset (<c>n01440764</c>) below <c>train</c>, and a
/// flat <c>val</c> whose labels are in <c>LOC_val_solution.csv</c> (picture, synset and boxes) or in a list of synsets by picture
/// (<c>*validation_synset_labels.txt</c>). Classes are the synsets in order, as the models that are published count them.
/// </summary>
public sealed class KaggleImageNetFormat : PictureFilesFormat
{
    private const string Solution = "LOC_val_solution.csv", SynsetList = "validation_synset_labels.txt";
    private const int SynsetLength = 9, NamesShown = 3;

    /// <inheritdoc/>
    public override string Name => "imagenet";

    /// <inheritdoc/>
    public override async ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default)
    {
        // Not lists before it is known: there may be millions of files of another layout.
        var pictures = listing.Files.Where(f => PictureNames.Is(f.Name));
        if (!pictures.Any(IsTraining) || !pictures.Any(p => Parent(p.Name) is "val")) return null;
        var training = pictures.Where(IsTraining).ToList();
        var validation = pictures.Where(p => Parent(p.Name) is "val").ToList();
        var synsets = training.Select(p => Parent(p.Name)!).Distinct().Order(StringComparer.Ordinal).ToList();
        var labels = await ValidationLabelsAsync(listing, validation, cancellation);
        Check(listing, validation, labels, synsets);
        return new DatasetLayout(Name, [.. PictureFiles.Shards([
            .. training.Select(p => (p, (string?)SplitNames.Train, Parent(p.Name))),
            .. validation.Select(p => (p, (string?)SplitNames.Validation, (string?)labels[KeyOf(p)])),
        ])])
        {
            ClassNames = synsets,
            LeftOut = SourceListing.CountByExtension(listing.Files.Where(f => !IsLabelList(f)
                && (!PictureNames.Is(f.Name) || (!IsTraining(f) && Parent(f.Name) is not "val")))),
        };
    }

    private static async Task<Dictionary<string, string>> ValidationLabelsAsync(
        SourceListing listing, List<Blob> validation, CancellationToken cancellation)
    {
        if (listing.Files.FirstOrDefault(f => f.FileName.SequenceEqual(Solution)).Name is { } solution)
        {
            var rows = (await listing.LinesAsync(solution, cancellation)).Skip(1).Where(l => l.Contains(','))
                .Select(l => l.Split([',', ' '], 3));
            return rows.GroupBy(r => r[0]).ToDictionary(r => r.Key, r => r.First()[1]);
        }
        if (listing.Files.FirstOrDefault(f => f.Name.EndsWith(SynsetList, StringComparison.Ordinal)).Name is { } list)
        {
            var lines = await listing.LinesAsync(list, cancellation);
            if (lines.Count != validation.Count)
            {
                throw new BadInputException($"Opening ImageNet in {listing.Blobs.Location}: "
                    + $"{list} labels {lines.Count} pictures, val holds {validation.Count}. "
                    + "Fetch the rest of the pictures, or the list that belongs to them.");
            }
            return validation.OrderBy(v => v.Name, StringComparer.Ordinal).Zip(lines).ToDictionary(
                p => KeyOf(p.First), p => p.Second.Trim());
        }
        throw new BadInputException($"Opening ImageNet in {listing.Blobs.Location}: "
            + $"val holds {validation.Count} pictures without folders, and neither {Solution} "
            + $"nor a list named *{SynsetList} says what they are. Put one of them there, or sort val into a folder per class.");
    }

    private static void Check(SourceListing listing, List<Blob> validation, Dictionary<string, string> labels, List<string> synsets)
    {
        var bare = validation.Select(KeyOf).Where(k => !labels.ContainsKey(k)).ToList();
        if (bare.Count > 0)
            throw new BadInputException(
                $"Opening ImageNet in {listing.Blobs.Location}: no label for {FewOf.List(bare, NamesShown)} of val. "
                + $"Fetch {Solution} anew.");
        var known = synsets.ToHashSet();
        var strange = validation.Select(v => labels[KeyOf(v)]).Distinct().Where(s => !known.Contains(s)).ToList();
        if (strange.Count == 0) return;
        throw new BadInputException(
            $"Opening ImageNet in {listing.Blobs.Location}: val has pictures of {FewOf.List(strange, NamesShown)}, "
            + "for which train has no folder. Fetch the rest of train.");
    }

    private static bool IsLabelList(Blob file) =>
        file.FileName.SequenceEqual(Solution) || file.Name.EndsWith(SynsetList, StringComparison.Ordinal);

    /// <summary>Whether a picture lies in a folder named as a synset, below one named train.</summary>
    private static bool IsTraining(Blob picture)
    {
        var parts = picture.Name.Split('/');
        return parts.Length >= 3 && parts[^3] == "train" && parts[^2] is ['n', ..] && parts[^2].Length == SynsetLength
            && parts[^2].AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;
    }

    private static string? Parent(string name) => name.Split('/') is { Length: >= 2 } parts ? parts[^2] : null;

    private static string KeyOf(Blob picture) => Path.GetFileNameWithoutExtension(picture.Name);
}
