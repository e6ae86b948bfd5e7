using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Formats.Layouts;
using PgmCluster.Data.Images;

namespace PgmCluster.Data.Manifests;

/// <summary>
/// The pictures of a dataset by number, counted through its shards, each compared with what was registered. Nothing is listed. All members
/// may be used from several threads at once.
/// </summary>
public sealed class RegisteredPictures
{
    private readonly IBlobs _blobs;
    private readonly IDatasetFormat _format;
    private readonly IReadOnlyDictionary<string, int> _labels;
    private readonly int[] _starts;
    private readonly Lazy<Shard>[] _shards;
    private readonly KeptShards _unpacked;
    private readonly Lazy<int[]> _wanted;

    /// <param name="blobs">Where the files lie.</param>
    /// <param name="format">How they are laid out.</param>
    /// <param name="images">Pictures of each shard.</param>
    /// <param name="open">Opens a shard.</param>
    /// <param name="labels">Which class a label as written means; "" stands for none.</param>
    /// <param name="wanted">The pictures that may be asked for.</param>
    /// <param name="memory">
    /// Bytes that pictures of all shards may take which cannot be read from the middle (<see cref="IDatasetFormat.ReadsWhole"/>): they are
    /// kept.
    /// </param>
    public RegisteredPictures(
        IBlobs blobs, IDatasetFormat format, IReadOnlyList<int> images, Func<int, IndexedShard> open,
        IReadOnlyDictionary<string, int> labels, IEnumerable<int> wanted, long memory)
    {
        (_blobs, _format, _labels) = (blobs, format, labels);
        _starts = new int[images.Count + 1];
        for (var i = 0; i < images.Count; i++) _starts[i + 1] = _starts[i] + images[i];
        _shards = [.. Enumerable.Range(0, images.Count).Select(i => new Lazy<Shard>(() => Open(open(i), images[i])))];
        // Only shards that are unpacked ask for it, and of a million pictures it takes a while.
        _wanted = new Lazy<int[]>(() => [.. wanted.Distinct().Order()]);
        _unpacked = new KeptShards(
            memory, (number, within) => _shards[number].Value.Indexed.Index.Place(within).Length, Unpack,
            (number, count, bytes, others) => TooLarge(number, count, bytes, others, memory));
    }

    /// <summary>Those of a manifest.</summary>
    /// <param name="location">Where the source lies, as <see cref="DatasetIndexing.Open"/> takes it.</param>
    /// <param name="manifest">What was registered.</param>
    /// <param name="readIndex">Reads a shard's index.</param>
    /// <param name="wanted">The pictures that may be asked for.</param>
    /// <param name="memory">Bytes that pictures may take which cannot be read from the middle.</param>
    /// <param name="imports">Which files links may lead to and which servers may be asked; null for all.</param>
    /// <exception cref="BadInputException">There is no such source.</exception>
    public static RegisteredPictures Of(
        string location, DatasetManifest manifest, Func<ArtifactInfo, IndexedShard> readIndex, IEnumerable<int> wanted, long memory,
        ImportRoots? imports = null) =>
        new(
            DatasetIndexing.Open(location, imports), DatasetFormats.Named(manifest.Format), [.. manifest.Shards.Select(s => s.Images)],
            shard => readIndex(manifest.Shards[shard].Index), manifest.Labels, wanted, memory)
        {
            Background = BackgroundColor.Parse(manifest.Background),
        };

    /// <summary>What transparent pixels are composed on; null drops their alpha.</summary>
    public BackgroundColor? Background { get; init; }

    /// <summary>The class of a picture; -1 where it has none.</summary>
    public int Label(int picture)
    {
        var (shard, within) = Find(picture);
        var opened = _shards[shard].Value;
        var label = opened.Indexed.Index.Labels[within];
        return label < 0 ? opened.NoLabel : opened.Classes[label];
    }

    /// <summary>SHA-256 of what a picture is, as in <see cref="ShardIndex.Content"/>.</summary>
    public ReadOnlySpan<byte> Content(int picture)
    {
        var (number, within) = Find(picture);
        return _shards[number].Value.Indexed.Index.Content(within);
    }

    /// <summary>Where a picture lies: its shard, and its name there.</summary>
    public (string Shard, string Key) Place(int picture)
    {
        var (number, within) = Find(picture);
        var shard = _shards[number].Value.Indexed;
        return (shard.Plan.Name, shard.Index.Keys[within]);
    }

    /// <summary>Reads a picture in its own size.</summary>
    /// <exception cref="BadInputException">
    /// Its file has gone or is another than was registered, or it cannot be decoded; the message names it.
    /// </exception>
    public RgbImage Read(int picture) => Read(picture, (bytes, name) => ImageDecoder.Decode(bytes.Span, name, null, Background));

    /// <summary>Reads a picture, resized by its shorter side and cut to its centre, as <see cref="ImageDecoder.DecodePrepared"/>.</summary>
    /// <param name="picture">Its number.</param>
    /// <param name="size">Side in pixels, at least 1.</param>
    /// <param name="memory">Where room for the pixels is taken while they are decoded.</param>
    /// <exception cref="BadInputException">
    /// Its file has gone or is another than was registered, or it cannot be decoded; the message names it.
    /// </exception>
    public RgbImage ReadPrepared(int picture, int size, DecodeMemory memory) =>
        Read(picture, (bytes, name) => ImageDecoder.DecodePrepared(bytes.Span, name, size, memory, Background));

    private T Read<T>(int picture, Func<ReadOnlyMemory<byte>, string, T> decode)
    {
        var (number, within) = Find(picture);
        var shard = _shards[number].Value.Indexed;
        var name = $"{_blobs.Location}/{shard.Index.Keys[within]}";
        if (_format.ReadsWhole(shard.Plan, shard.Index))
        {
            return decode(_unpacked.Get(number, within, () => Wanted(number)), name);
        }
        foreach (var image in _format.ReadAsync(_blobs, shard.Plan, shard.Index, within, 1).ToBlockingEnumerable())
            return decode(image.Bytes, name);
        throw new InvalidOperationException($"Reading {name}: its format gives no picture.");
    }

    private Shard Open(IndexedShard shard, int images)
    {
        if (shard.Index.Count != images)
            throw new DataCorruptException(
                $"Reading the index of shard {shard.Plan.Name} of {_blobs.Location}: "
                + $"{shard.Index.Count} pictures, {images} in the manifest. "
                + "Register the dataset again.");
        return new Shard(shard, [.. shard.Index.LabelTexts.Select(t => _labels[t])], _labels.GetValueOrDefault("", -1));
    }

    /// <summary>The places in a shard of the pictures that may be asked for, in order.</summary>
    private int[] Wanted(int number)
    {
        var (from, to) = (_starts[number], _starts[number + 1]);
        int At(int picture) => Array.BinarySearch(_wanted.Value, picture) is var found && found >= 0 ? found : ~found;
        return [.. _wanted.Value[At(from)..At(to)].Select(w => w - from)];
    }

    private BadInputException TooLarge(int number, int count, long bytes, long others, long memory)
    {
        var together = others > 0 ? $", with the {others} of other files" : "";
        return new BadInputException(
            $"Reading {_blobs.Location}/{_shards[number].Value.Indexed.Plan.Files[0].Name}: it cannot be read from the middle, and the "
            + $"{count} pictures wanted of it have {bytes} bytes{together}, more than the {memory} that are kept in memory. "
            + (others > 0
                ? "Lay the pictures out as files or plain tar archives, and register the dataset again."
                : $"{_format.AdviceOnSize} and register the dataset again."));
    }

    /// <summary>Pictures of a shard, in one pass.</summary>
    private Dictionary<int, byte[]> Unpack(int number, int[] wanted)
    {
        var shard = _shards[number].Value.Indexed;
        var kept = new Dictionary<int, byte[]>(wanted.Length);
        var (at, next) = (wanted[0], 0);
        foreach (var image in _format.ReadAsync(_blobs, shard.Plan, shard.Index, at, wanted[^1] - at + 1).ToBlockingEnumerable())
        {
            if (wanted[next] == at++) kept.Add(wanted[next++], image.Bytes.ToArray());
        }
        return kept;
    }

    private (int Shard, int Within) Find(int picture)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(picture);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(picture, _starts[^1]);
        var at = Array.BinarySearch(_starts, picture);
        if (at < 0) at = ~at - 1;
        // Shards without a picture begin where the next does.
        while (_starts[at + 1] == _starts[at]) at++;
        return (at, picture - _starts[at]);
    }

    private sealed record Shard(IndexedShard Indexed, int[] Classes, int NoLabel);
}
