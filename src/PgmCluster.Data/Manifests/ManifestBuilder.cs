using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Images;
using PgmCluster.Data.Sources;

namespace PgmCluster.Data.Manifests;

/// <summary>Makes a manifest of a layout and the indexes of its shards, which are added in its order. Used by one thread.</summary>
/// <param name="layout">The source, as its format laid it out.</param>
/// <param name="location">Names it in messages.</param>
public sealed class ManifestBuilder(DatasetLayout layout, string location)
{
    /// <summary>The name of the one class of pictures that have no labels.</summary>
    private const string Unlabelled = "unlabelled";

    /// <summary>So many unreadable pictures are named in an error.</summary>
    private const int MostNamed = 100;

    private readonly List<ManifestShard> _shards = [];
    private readonly Segments<Picture> _pictures = new();
    private readonly List<UnreadableImage> _unreadable = [];
    private readonly List<IReadOnlyDictionary<string, int>> _leftOut = [];
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly PictureSizes.Counter _sizes = new();
    private readonly Dictionary<int, (UInt128 High, UInt128 Low)> _composed = [];
    private string? _firstUnlabelled;
    private int _transparent, _uniform;
    private long _moreUnreadable;

    /// <summary>What transparent pixels are composed on; null drops their alpha. Another background is other content.</summary>
    public BackgroundColor? Background { get; init; }

    /// <summary>Adds the next shard.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="file">Its artifact.</param>
    public void Add(IndexedShard shard, ArtifactInfo file)
    {
        var index = shard.Index;
        foreach (var text in layout.Shards[_shards.Count].Labels ?? []) TextOf(text);
        var texts = index.LabelTexts.Select(TextOf).ToArray();
        for (var i = 0; i < index.Count; i++)
        {
            var label = index.Labels[i];
            if (label < 0) _firstUnlabelled ??= index.Keys[i];
            var content = index.Content(i);
            _pictures.Add(new Picture(
                BinaryPrimitives.ReadUInt128BigEndian(content), BinaryPrimitives.ReadUInt128BigEndian(content[16..]),
                label < 0 ? -1 : texts[label]));
            var (width, height) = index.Size(i);
            _sizes.Add(width, height);
            AddAlpha(index, i);
        }
        _unreadable.AddRange(index.Unreadable);
        _moreUnreadable += index.MoreUnreadable;
        if (index.LeftOut.Count > 0) _leftOut.Add(index.LeftOut);
        _shards.Add(new ManifestShard(
            shard.Plan.Name, index.Count, shard.Plan.Files.Sum(f => f.Length), HashOf(shard), file));
    }

    private void AddAlpha(ShardIndex index, int image)
    {
        if (index.Alpha(image) == PictureAlpha.None) return;
        _transparent++;
        if (index.Alpha(image) == PictureAlpha.Uniform) _uniform++;
        // What shows on a background is not in the colours alone.
        if (Background is null) return;
        var stored = index.Stored(image);
        _composed.Add(
            _pictures.Count - 1, (BinaryPrimitives.ReadUInt128BigEndian(stored), BinaryPrimitives.ReadUInt128BigEndian(stored[16..])));
    }

    /// <summary>The manifest of all that was added, and the order that was drawn, which the manifest is yet to name.</summary>
    /// <param name="request">How much is held out.</param>
    /// <param name="skip">So many pictures may be unreadable; they are left out.</param>
    /// <exception cref="BadInputException">More are unreadable, labels do not fit, or the splits that are asked for.</exception>
    public (DatasetManifest Manifest, DatasetIndex? Order) Build(SplitRequest request, int skip)
    {
        RefuseUnreadable(skip);
        var classes = ClassList.Of(layout.ClassNames, _texts.Keys, location);
        var isLabelled = _texts.Count > 0;
        var classOf = _texts.OrderBy(t => t.Value).Select(t => classes[t.Key]).ToArray();
        int[] labels = [.. _pictures.Select(p => p.Text >= 0 ? classOf[p.Text] : isLabelled ? -1 : 0)];
        string[] names = isLabelled ? [.. classes.Names] : [Unlabelled];
        var plan = SplitPlan.Of([.. layout.Shards.Select(s => s.Split)], [.. _shards.Select(s => s.Images)], request);
        RefuseMissingLabels(plan, labels);
        var order = plan.Drawn == 0 ? null : DatasetIndex.Draw(labels.AsSpan(0, plan.Drawn), i => _pictures[i].Content, labels.Length);
        return (new DatasetManifest
        {
            Format = layout.Format,
            ContentSha256 = ContentHash(labels, Enumerable.Range(0, labels.Length)),
            Classes = names,
            Labels = isLabelled
                ? new SortedDictionary<string, int>(_texts.Keys.ToDictionary(t => t, t => classes[t]), StringComparer.Ordinal)
                : new SortedDictionary<string, int>(StringComparer.Ordinal) { [""] = 0 },
            Splits = [.. plan.Splits.Select(s => new ManifestSplit(s.Name, s.Start, s.Count,
                CountByClass(s, labels, order, names.Length))
            {
                ContentSha256 = ContentHash(labels, Enumerable.Range(s.Start, s.Count).Select(p => order?.Order[p] ?? p)),
            })],
            Shards = _shards,
            Sizes = _sizes.Sum(),
            Unreadable = _unreadable,
            LeftOut = SumOf([layout.LeftOut, .. _leftOut]),
            Background = Background?.ToString(),
            Transparency = _transparent > 0 ? new PictureTransparency(_transparent, _uniform) : null,
            Remarks = [.. layout.Remarks, .. plan.Remarks, .. Remarks()],
        }, order);
    }

    private IEnumerable<string> Remarks()
    {
        if (_moreUnreadable > 0) yield return $"{_moreUnreadable} more pictures that cannot be read than are named";
        if (_transparent == 0) yield break;
        yield return Background is { } color
            ? $"{_transparent} with transparency, composed on {color}"
            : $"{_transparent} with transparency, {_uniform} uniform after conversion: it is dropped, --background white composes";
    }

    private static int[] CountByClass(SplitPlan.Run split, int[] labels, DatasetIndex? order, int classes)
    {
        var counts = new int[classes];
        for (var position = split.Start; position < split.Start + split.Count; position++)
        {
            var label = labels[order?.Order[position] ?? position];
            if (label >= 0) counts[label]++;
        }
        return counts;
    }

    private static SortedDictionary<string, int> SumOf(IEnumerable<IReadOnlyDictionary<string, int>> counts)
    {
        var sum = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (kind, count) in counts.SelectMany(c => c)) sum[kind] = sum.GetValueOrDefault(kind) + count;
        return sum;
    }

    private static string HashOf(IndexedShard shard)
    {
        if (shard.Plan.Files.Count == 1) return Convert.ToHexStringLower(shard.Index.FileHash(0));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var file = 0; file < shard.Plan.Files.Count; file++) hash.AppendData(shard.Index.FileHash(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private int TextOf(string? text)
    {
        if (text is null) return -1;
        if (!_texts.TryGetValue(text, out var at)) _texts.Add(text, at = _texts.Count);
        return at;
    }

    /// <summary>Sorted, so that neither the order of files nor the layout plays a part.</summary>
    private string ContentHash(int[] labels, IEnumerable<int> pictures)
    {
        (UInt128 High, UInt128 Low, int Label) Entry(int picture)
        {
            var (high, low) = _composed.TryGetValue(picture, out var file) ? file : _pictures[picture].Content;
            return (high, low, labels[picture]);
        }
        // Their numbers, not they: a million entries of 48 bytes would be here twice.
        int[] order = [.. pictures];
        Array.Sort(order, (a, b) => Entry(a).CompareTo(Entry(b)));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (Background is { } color) hash.AppendData([color.Red, color.Green, color.Blue]);
        Span<byte> entry = stackalloc byte[36];
        foreach (var picture in order)
        {
            var (high, low, label) = Entry(picture);
            BinaryPrimitives.WriteUInt128BigEndian(entry, high);
            BinaryPrimitives.WriteUInt128BigEndian(entry[16..], low);
            BinaryPrimitives.WriteInt32BigEndian(entry[32..], label);
            hash.AppendData(entry);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void RefuseUnreadable(int skip)
    {
        var count = _unreadable.Count + _moreUnreadable;
        if (count > skip)
        {
            var named = string.Join(", ", _unreadable.Take(MostNamed).Select(u => $"{u.Key} ({ReasonOf(u)})"))
                + (count > MostNamed ? $" and {count - Math.Min(MostNamed, _unreadable.Count)} more" : "");
            throw new BadInputException(
                $"Opening the dataset {location}: {count} of {count + _pictures.Count} pictures cannot be read: {named}. "
                + $"Mend or remove them, or leave them out with --bad-images skip:{count}.");
        }
        if (_pictures.Count == 0)
            throw new BadInputException($"Opening the dataset {location}: it has no picture that can be read. Check the path.");
    }

    private void RefuseMissingLabels(SplitPlan plan, int[] labels)
    {
        if (_firstUnlabelled is null || _texts.Count == 0) return;
        var needed = plan.Drawn > 0
            ? plan.Drawn
            : plan.Splits.Where(s => s.Name is SplitNames.Train or SplitNames.Validation).Sum(s => s.Count);
        var missing = labels.AsSpan(0, needed).Count(-1);
        if (missing == 0) return;
        throw new BadInputException(
            $"Opening the dataset {location}: {missing} of the {needed} pictures for training and validation have no label, such as "
            + $"{_firstUnlabelled}. Give each a label, or remove those without.");
    }

    /// <summary>What the decoder said, without the name and the advice around it.</summary>
    private static string ReasonOf(UnreadableImage picture)
    {
        var from = picture.Reason.IndexOf(picture.Key + ": ", StringComparison.Ordinal);
        var reason = from < 0 ? picture.Reason : picture.Reason[(from + picture.Key.Length + 2)..];
        var advice = reason.IndexOf(". Replace", StringComparison.Ordinal);
        return (advice < 0 ? reason : reason[..advice]).TrimEnd('.');
    }

    /// <summary>Packed: aligned as 16 bytes are, it would take 48 instead of 36.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly record struct Picture(UInt128 High, UInt128 Low, int Text)
    {
        public (UInt128 High, UInt128 Low) Content => (High, Low);
    }
}
