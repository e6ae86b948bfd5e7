using System.Buffers.Binary;
using System.Security.Cryptography;
using PgmCluster.Data;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Images;
using PgmCluster.Data.Manifests;
using PgmCluster.Data.Sources;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Execution.Images;

/// <summary>The pictures of a range, each of them the one that was registered.</summary>
internal sealed class RegisteredImages : IPictureSource
{
    /// <summary>Seed of the permutation behind <see cref="ImageRange.Shuffled"/>: the same images for whoever asks for as many.</summary>
    private const long ShuffleSeed = 0;

    /// <summary>For the pictures that this process decodes at once, whatever they are for.</summary>
    private static readonly DecodeMemory Decoding = new(MachineLimits.Current.CacheBytes);

    // Shards of one dataset follow each other, and these may be large.
    private static Tuple<string, DatasetIndex>? _lastIndex;
    private static Tuple<string, DatasetManifest>? _lastManifest;

    private readonly RegisteredPictures _pictures;
    private readonly int[] _numbers;

    /// <exception cref="BadInputException">
    /// The source is missing, damaged, or not what was registered; the message names what changed.
    /// </exception>
    /// <exception cref="DataCorruptException">The dataset's manifest or index is missing or has changed.</exception>
    public RegisteredImages(ImageRange range, WorkContext context)
    {
        var drawn = range.Index is { } order ? Last(ref _lastIndex, order.Sha256, () => context.Read(order, DatasetIndex.Read)) : null;
        _numbers = [.. Positions(range).Select(position => drawn?.Order[position] ?? position)];
        var memory = MachineLimits.Current.KeptBytes;
        if (range.Manifest is not { } manifest)
        {
            _pictures = RegisteredBefore.Open(
                range.Location, drawn, range.ContentSha256, whole: false, _numbers, memory, context.Interrupted, context.Imports);
            return;
        }
        var dataset = Last(ref _lastManifest, manifest.Sha256, () => context.Read(manifest, DatasetManifest.Read));
        _pictures = RegisteredPictures.Of(
            range.Location, dataset, index => context.Read(index, IndexedShard.Read), _numbers, memory, context.Imports);
    }

    public int Count => _numbers.Length;

    public int Label(int index) => _pictures.Label(_numbers[index]);

    public string Identify()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> label = stackalloc byte[sizeof(int)];
        for (var i = 0; i < Count; i++)
        {
            hash.AppendData(_pictures.Content(_numbers[i]));
            BinaryPrimitives.WriteInt32LittleEndian(label, Label(i));
            hash.AppendData(label);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public (string Shard, string Key) Place(int index) => _pictures.Place(_numbers[index]);

    public RgbImage Prepared(int index, int size) => _pictures.ReadPrepared(_numbers[index], size, Decoding);

    private static T Last<T>(ref Tuple<string, T>? last, string sha256, Func<T> read)
    {
        if (Volatile.Read(ref last) is { } known && known.Item1 == sha256) return known.Item2;
        var made = read();
        Volatile.Write(ref last, Tuple.Create(sha256, made));
        return made;
    }

    private static IEnumerable<int> Positions(ImageRange range)
    {
        var positions = Enumerable.Range(range.Start, range.Count);
        if (range.Shuffled is not { } run) return positions;
        var order = new DataOrder(ShuffleSeed, run.Count);
        return positions.Select(n => run.Start + order[n]);
    }
}
