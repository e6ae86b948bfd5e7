using PgmCluster.Data;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Images;

/// <summary>
/// Pictures of a piece of work that cannot be decoded. Which they are depends on their bytes alone, so it is the same whoever meets them,
/// and in whatever order. All members may be used from several threads at once.
/// </summary>
/// <param name="limit">So many may be left out.</param>
/// <param name="place">Where a picture lies, by its index: shard and key.</param>
/// <param name="met">Told of each, once.</param>
internal sealed class BadImages(int limit, Func<int, (string Shard, string Key)> place, Action<BadImage>? met = null)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, BadImage> _known = [];

    /// <summary>Those that were met, in the order of the pictures.</summary>
    public IReadOnlyList<BadImage> Known
    {
        get
        {
            lock (_gate) return [.. _known.Values];
        }
    }

    /// <summary>Whether a picture was met that cannot be decoded.</summary>
    public bool Contains(int index)
    {
        lock (_gate) return _known.ContainsKey(index);
    }

    /// <summary>Takes note of a picture that cannot be decoded.</summary>
    /// <exception cref="BadInputException">They are too many; the message names some and says what to do.</exception>
    public void Add(int index, UndecodablePictureException problem)
    {
        BadImage added;
        lock (_gate)
        {
            if (_known.ContainsKey(index)) return;
            var (shard, key) = place(index);
            _known.Add(index, added = new BadImage(shard, key, problem.Reason));
            if (_known.Count > limit) throw TooMany(problem);
        }
        met?.Invoke(added);
    }

    private BadInputException TooMany(UndecodablePictureException problem) => limit == 0
        ? new BadInputException($"{problem.Message} Or leave out what cannot be decoded: --bad-images skip:N.", problem)
        : new BadInputException(
            $"{_known.Count} pictures or more cannot be decoded, and {limit} may be left out: {BadImage.Named(_known.Values)}. "
            + "Mend or remove them and register the dataset again, or give the same command with a higher --bad-images skip:N.", problem);
}
