namespace PgmCluster.Data.Formats;

/// <summary>Gathers what an indexed shard holds. Used by one thread.</summary>
internal sealed class ShardIndexBuilder
{
    /// <summary>So many unreadable pictures are named; a shard may consist of nothing else.</summary>
    private const int MostUnreadable = 1_000;

    private readonly List<string> _keys = [], _captions = [];
    private readonly List<int> _labels = [], _sizes = [];
    private readonly List<long> _places = [];
    private readonly List<byte> _stored = [], _content = [], _files = [], _alpha = [];
    private readonly List<UnreadableImage> _unreadable = [];
    private readonly Dictionary<string, int> _labelTexts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    private int _moreUnreadable;

    /// <summary>Adds a picture, or lists it where it cannot be decoded.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="label">As written; null where it has none.</param>
    /// <param name="place">Which file of the shard, its first byte there, and how many bytes it takes there.</param>
    /// <param name="encoded">The picture, as the decoder reads it.</param>
    /// <param name="caption">What the source says about it.</param>
    public void Add(
        string key, string? label, (int File, long Offset, int Length) place, ReadOnlySpan<byte> encoded, string caption = "")
    {
        try
        {
            Add(key, label, place, PictureFacts.Of(encoded, key), caption);
        }
        catch (BadInputException e)
        {
            AddUnreadable(key, e.Message);
        }
    }

    /// <summary>Adds a picture that was looked at.</summary>
    public void Add(string key, string? label, (int File, long Offset, int Length) place, PictureFacts facts, string caption = "")
    {
        _keys.Add(key);
        // The file that keeps these separates them by zero bytes.
        _captions.Add(caption.Replace('\0', ' '));
        _labels.Add(label is null ? -1 : LabelOf(label));
        _sizes.AddRange([facts.Width, facts.Height]);
        _places.AddRange([place.File, place.Offset, place.Length]);
        _stored.AddRange(facts.Stored);
        _content.AddRange(facts.Content);
        _alpha.Add((byte)facts.Alpha);
    }

    /// <summary>Lists a picture that cannot be decoded, or counts it where many are listed.</summary>
    public void AddUnreadable(string key, string reason)
    {
        if (_unreadable.Count < MostUnreadable) _unreadable.Add(new UnreadableImage(key, reason));
        else _moreUnreadable++;
    }

    /// <summary>Counts what is neither a picture that is taken nor its label.</summary>
    /// <param name="kind">Its extension, or a word for what it is.</param>
    /// <param name="count">How many.</param>
    public void LeaveOut(string kind, int count = 1) => _leftOut[kind] = _leftOut.GetValueOrDefault(kind) + count;

    /// <summary>Adds the hash of the next file of the shard.</summary>
    public void AddFile(ReadOnlySpan<byte> sha256) => _files.AddRange(sha256);

    public ShardIndex Build() => new(
        [.. _keys], [.. _labels], [.. _labelTexts.OrderBy(t => t.Value).Select(t => t.Key)], [.. _places], [.. _sizes], [.. _stored],
        [.. _content], [.. _files], [.. _unreadable], [.. _alpha])
    {
        Captions = _captions.Any(c => c.Length > 0) ? _captions : [],
        LeftOut = _leftOut,
        MoreUnreadable = _moreUnreadable,
    };

    private int LabelOf(string text)
    {
        if (!_labelTexts.TryGetValue(text, out var label)) _labelTexts.Add(text, label = _labelTexts.Count);
        return label;
    }
}
