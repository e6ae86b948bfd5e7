using PgmCluster.Data;
using PgmCluster.Data.Images;
using PgmCluster.Data.Sources;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Execution.Images;

/// <summary>The pictures of a range, each of them the one that was registered.</summary>
internal sealed class RegisteredImages : IDisposable
{
    /// <summary>Seed of the permutation behind <see cref="ImageRange.Shuffled"/>: the same images for whoever asks for as many.</summary>
    private const long ShuffleSeed = 0;

    // Shards of one dataset follow each other, and its index may be large.
    private static volatile Tuple<string, DatasetIndex>? _lastIndex;

    private readonly IImageSource _source;
    private readonly int[] _indices;

    /// <exception cref="BadInputException">
    /// The source is missing, damaged, or not what was registered; the message names what changed.
    /// </exception>
    /// <exception cref="DataCorruptException">The index is missing or has changed.</exception>
    public RegisteredImages(ImageRange range, WorkContext context)
    {
        _source = ImageSources.Open(range.Location);
        try
        {
            var index = range.Index is null ? null : Read(range, context);
            _source.Require(index, range.ContentSha256, context.Interrupted);
            _indices = [.. Positions(range).Select(position => index?.Order[position] ?? position)];
        }
        catch
        {
            _source.Dispose();
            throw;
        }
    }

    public int Count => _indices.Length;

    public int Label(int index) => _source.Label(_indices[index]);

    public RgbImage Read(int index) => _source.Read(_indices[index]);

    public void Dispose() => _source.Dispose();

    private static DatasetIndex Read(ImageRange range, WorkContext context)
    {
        if (_lastIndex is { } last && last.Item1 == range.Index!.Sha256) return last.Item2;
        var index = DatasetIndex.Read(context.Verified(range.Index!));
        _lastIndex = Tuple.Create(range.Index!.Sha256, index);
        return index;
    }

    private static IEnumerable<int> Positions(ImageRange range)
    {
        var positions = Enumerable.Range(range.Start, range.Count);
        if (range.Shuffled is not { } run) return positions;
        var order = new DataOrder(ShuffleSeed, run.Count);
        return positions.Select(n => run.Start + order[n]);
    }
}
