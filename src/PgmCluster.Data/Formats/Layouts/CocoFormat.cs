using System.Text.RegularExpressions;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Names;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// COCO: <c>annotations/captions_SET.json</c>, <c>image_info_SET.json</c> or <c>instances_SET.json</c> (read in this order) beside the
/// pictures in <c>SET/</c>, <c>images/SET/</c> or <c>images/</c>. A picture's name is its id; its captions are kept in the index of its shard.
/// Its objects have several categories, so it has no label. A set is a split, without its year.
/// </summary>
public sealed partial class CocoFormat : PictureFilesFormat
{
    private const int NamesShown = 3;
    private static readonly string[] Kinds = ["captions", "image_info", "instances"];

    /// <inheritdoc/>
    public override string Name => "coco";

    /// <inheritdoc/>
    public override async ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default)
    {
        var sets = listing.Files.Select(f => (File: f, Match: AnnotationName().Match(f.Name))).Where(f => f.Match.Success)
            .GroupBy(f => (Base: f.Match.Groups["base"].Value, Set: f.Match.Groups["set"].Value))
            .Select(s => (s.Key.Base, s.Key.Set, s.MinBy(f => Array.IndexOf(Kinds, f.Match.Groups["kind"].Value)).File)).ToList();
        if (sets.Count == 0) return null;
        var files = listing.Files.ToDictionary(f => f.Name, StringComparer.Ordinal);
        var (shards, remarks) = (new List<ShardPlan>(), new List<string>());
        var (used, splits) = (new HashSet<string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var (root, set, file) in sets)
        {
            await using var stream = await listing.Blobs.OpenAsync(file.Name, 0, cancellation);
            var annotations = await CocoAnnotations.ReadAsync(stream, $"{listing.Blobs.Location}/{file.Name}", cancellation);
            if (annotations is null) continue;
            var pictures = annotations.Files.Select(p => (Id: p.Key, Blob: Find(files, root, set, p.Value), Name: p.Value)).ToList();
            var missing = pictures.Where(p => p.Blob is null).Select(p => p.Name).ToList();
            if (missing.Count == pictures.Count)
            {
                remarks.Add($"{file.Name} names {missing.Count} pictures, none of which is there");
                continue;
            }
            if (missing.Count > 0)
                throw Bad(listing, $"{file.Name} names pictures that are not there: {FewOf.List(missing, NamesShown)}. "
                    + $"Put them into {root}{set}/");
            var split = SplitNames.Of(set.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')) ?? set;
            if (!splits.TryAdd(split, set)) throw Bad(listing, $"{splits[split]} and {set} are both the split '{split}'. Keep one of them");
            if (pictures.GroupBy(p => p.Blob!.Value.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
                throw Bad(listing, $"{file.Name} has {twice.Key} under the ids {string.Join(" and ", twice.Select(p => p.Id))}. Name it once");
            shards.AddRange(pictures.OrderBy(p => p.Blob!.Value.Name, StringComparer.Ordinal).Chunk(PictureFiles.ShardLength).Select(
                run => new ShardPlan(run[0].Blob!.Value.Name, split, [.. run.Select(p => p.Blob!.Value)])
                {
                    Keys = [.. run.Select(p => $"{p.Id}")],
                    Captions = run.Any(p => annotations.Caption(p.Id).Length > 0) ? [.. run.Select(p => annotations.Caption(p.Id))] : null,
                }));
            used.UnionWith(pictures.Select(p => p.Blob!.Value.Name));
        }
        if (shards.Count == 0) return remarks.Count == 0 ? null : throw Bad(listing, $"{string.Join("; ", remarks)}. Put them beside it");
        return new DatasetLayout(Name, shards)
        {
            LeftOut = SourceListing.CountByExtension(
                listing.Files.Where(f => !used.Contains(f.Name) && !AnnotationName().IsMatch(f.Name))),
            Remarks = [.. remarks, "COCO's pictures show objects of several categories and are registered without labels; captions are kept"],
        };
    }

    // Only what was listed is ever opened, whatever the annotations call it.
    private static Blob? Find(Dictionary<string, Blob> files, string root, string set, string name)
    {
        foreach (var place in new[] { $"{root}{set}/{name}", $"{root}images/{set}/{name}", $"{root}images/{name}", $"{root}{name}" })
            if (files.TryGetValue(place, out var blob)) return blob;
        return null;
    }

    private static BadInputException Bad(SourceListing listing, string found) =>
        new($"Opening the COCO dataset {listing.Blobs.Location}: {found}.");

    [GeneratedRegex(@"^(?<base>(.*/)?)annotations/(?<kind>captions|image_info|instances)_(?<set>[^/]+)\.json\z")]
    private static partial Regex AnnotationName();
}
