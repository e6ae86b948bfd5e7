using PgmCluster.Data.Sources;

namespace PgmCluster.Grains.Datasets;

/// <summary>What reading a source tells.</summary>
/// <param name="SourceKind">"idx" or "image-folder".</param>
/// <param name="Images">Number of images.</param>
/// <param name="ClassNames">By class index.</param>
/// <param name="ContentSha256">Over images and labels, lower-case hex.</param>
/// <param name="Index">The drawn order, and what each file was.</param>
/// <param name="Labels">The class of each image, by index in the source.</param>
public sealed record DatasetFacts(
    string SourceKind, int Images, IReadOnlyList<string> ClassNames, string ContentSha256, DatasetIndex Index, IReadOnlyList<int> Labels)
{
    /// <summary>How many files are left out, by extension.</summary>
    public IReadOnlyDictionary<string, int> LeftOut { get; init; } = new Dictionary<string, int>();

    /// <param name="source">To be read whole.</param>
    public static DatasetFacts Of(IImageSource source)
    {
        var kind = source.Kind == "folder" ? "image-folder" : source.Kind;
        // Before the hash, so that a source is read once for both.
        var index = DatasetIndex.Of(source);
        return new DatasetFacts(
            kind, source.Count, source.ClassNames, source.ContentSha256(), index,
            [.. Enumerable.Range(0, source.Count).Select(source.Label)])
        {
            LeftOut = source.LeftOut,
        };
    }

    /// <summary>Images of each class among some positions.</summary>
    public IReadOnlyList<int> CountByClass(int start, int count)
    {
        var counts = new int[ClassNames.Count];
        for (var position = start; position < start + count; position++) counts[Labels[Index.Order[position]]]++;
        return counts;
    }
}
