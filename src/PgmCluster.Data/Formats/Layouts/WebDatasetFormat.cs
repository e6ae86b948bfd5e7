using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// Tar files (<c>.tar</c>, <c>.tar.gz</c>, <c>.tgz</c>) whose members of one key make a sample, as the library webdataset writes and reads
/// them: the key ends at the first dot of a member's base name, what follows says what it is: a picture, and its label in <c>.cls</c> (a
/// number or a name), in <c>.json</c> (a number or text under "label", "cls", "class" or "target"), or in <c>.txt</c> (a number; other text
/// is a caption and no label).
/// </summary>
public sealed class WebDatasetFormat : IDatasetFormat
{
    private static readonly string[] Archives = [".tar", ".tar.gz", ".tgz"];

    private static readonly string[] ClassFiles = ["classes.txt", "classnames.txt"];

    /// <inheritdoc/>
    public string Name => "webdataset";

    /// <inheritdoc/>
    public async ValueTask<DatasetLayout?> RecognizeAsync(SourceListing listing, CancellationToken cancellation = default)
    {
        var archives = listing.Files.Where(f => IsArchive(f.Name)).ToList();
        if (archives.Count == 0) return null;
        var classes = ClassFiles.FirstOrDefault(listing.Has) is { } file ? await listing.ClassesAsync(file, cancellation) : null;
        return new DatasetLayout(Name, [.. archives.Select(f => new ShardPlan(f.Name, SplitNames.Within(f.Name), [f]))])
        {
            ClassNames = classes,
            LeftOut = SourceListing.CountByExtension(listing.Files.Where(f => !IsArchive(f.Name) && !ClassFiles.Contains(f.Name))),
        };
    }

    /// <inheritdoc/>
    public async Task<ShardIndex> IndexAsync(IBlobs blobs, ShardPlan shard, CancellationToken cancellation = default)
    {
        var path = $"{blobs.Location}/{shard.Files[0].Name}";
        await using var raw = new ReadHash(await blobs.OpenAsync(shard.Files[0].Name, 0, cancellation));
        var samples = new WebDatasetSamples(path);
        try
        {
            if (PlacedReading.IsPacked(path))
            {
                await using var unpacked = new GzipContent(raw);
                await samples.GatherAsync(unpacked, cancellation);
                await unpacked.FinishAsync(cancellation);
            }
            else
            {
                await samples.GatherAsync(raw, cancellation);
            }
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException($"Reading the tar archive {path}: {GzipContent.Found(e)}. Fetch it anew, or unpack it.", e);
        }
        return samples.Build(await raw.FinishAsync(cancellation));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<EncodedImage> ReadAsync(
        IBlobs blobs, ShardPlan shard, ShardIndex index, int first, int count, CancellationToken cancellation = default) =>
        PlacedReading.ReadAsync(blobs, shard, index, first, count, cancellation: cancellation);

    private static bool IsArchive(string name) =>
        Archives.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));
}
