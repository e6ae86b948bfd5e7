namespace PgmCluster.Data.Tokens;

/// <summary>Several shards as one list of pictures, in the order of the shards. Owns them.</summary>
public sealed class TokenDataset : IDisposable
{
    private readonly IReadOnlyList<TokenShard> _shards;

    // One more than there are shards; the last is the count of all.
    private readonly int[] _starts;

    /// <summary>Joins shards.</summary>
    /// <param name="shards">At least one; they are disposed with the dataset.</param>
    /// <exception cref="BadInputException">There is none, or their codes differ in height or width.</exception>
    public TokenDataset(IReadOnlyList<TokenShard> shards)
    {
        if (shards.Count == 0) throw new BadInputException("Opening a token dataset: it has no shards. Tokenize the images first.");
        _shards = shards;
        _starts = new int[shards.Count + 1];
        for (var i = 0; i < shards.Count; i++)
        {
            var shard = shards[i];
            if (shard.Height != Height || shard.Width != Width)
            {
                throw new BadInputException(
                    "Opening a token dataset: "
                    + $"{shards[0].Path} has {Height}x{Width} codes a picture, {shard.Path} {shard.Height}x{shard.Width}. "
                    + "Use shards of one tokenization.");
            }
            _starts[i + 1] = checked(_starts[i] + shard.Count);
        }
    }

    /// <summary>The number of pictures.</summary>
    public int Count => _starts[^1];

    /// <summary>Codes from top to bottom of a picture.</summary>
    public int Height => _shards[0].Height;

    /// <summary>Codes from left to right of a picture.</summary>
    public int Width => _shards[0].Width;

    /// <summary>Compares all codes and labels with what they are for. Shards that were opened by their hash are read for it once in this
    /// process.</summary>
    /// <param name="codebook">Codes are below.</param>
    /// <param name="classes">Labels are from 0 to below.</param>
    /// <exception cref="BadInputException">A code or label is outside; the message names the shard and the picture.</exception>
    public void Require(int codebook, int classes)
    {
        foreach (var shard in _shards)
        {
            for (var i = 0; i < shard.Count; i++)
            {
                if (shard.Label(i) is var label && label >= 0 && label < classes) continue;
                throw new BadInputException(label < 0
                    ? $"Reading {shard.Path}: picture {i} has no label, and the model learns classes. "
                        + "Tokenize pictures that have one, such as the split 'train'."
                    : $"Reading {shard.Path}: picture {i} is of class {label}, the model has {classes} classes. "
                        + $"Train with model.classes={label + 1} or more, or tokenize again.");
            }
            if (shard.LargestCode() < codebook) continue;
            var (picture, code) = FirstCodeFrom(shard, codebook);
            throw new BadInputException(
                $"Reading {shard.Path}: picture {picture} has code {code}, the model a codebook of {codebook}. "
                + "Train on tokens of the tokenizer that the model is for.");
        }
    }

    /// <summary>Reads the codes of a picture; from any thread.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="codes">[height, width], row by row; is filled.</param>
    /// <exception cref="DataCorruptException">The shard was cut or changed since it was opened; the message names it.</exception>
    public void Read(int index, Span<ushort> codes)
    {
        var shard = Find(index);
        _shards[shard].Read(index - _starts[shard], codes);
    }

    /// <summary>The codes of a picture, in memory of their own: see <see cref="Read"/>.</summary>
    public ReadOnlySpan<ushort> Codes(int index)
    {
        var shard = Find(index);
        return _shards[shard].Codes(index - _starts[shard]);
    }

    /// <summary>The class of a picture.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public int Label(int index)
    {
        var shard = Find(index);
        return _shards[shard].Label(index - _starts[shard]);
    }

    public void Dispose()
    {
        foreach (var shard in _shards) shard.Dispose();
    }

    private static (int Picture, int Code) FirstCodeFrom(TokenShard shard, int codebook)
    {
        for (var i = 0; i < shard.Count; i++)
        {
            foreach (var code in shard.Codes(i))
            {
                if (code >= codebook) return (i, code);
            }
        }
        throw new InvalidOperationException($"No code of {shard.Path} is {codebook} or more.");
    }

    private int Find(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        // The last shard that begins at or before the index: an empty shard begins where the next one does.
        var (low, high) = (0, _shards.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_starts[middle] <= index) low = middle;
            else high = middle - 1;
        }
        return low;
    }
}
