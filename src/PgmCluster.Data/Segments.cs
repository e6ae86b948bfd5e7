using System.Collections;

namespace PgmCluster.Data;

/// <summary>
/// A list that grows without copying what it has: of millions of entries the copies that a <see cref="List{T}"/> leaves behind take more
/// memory than the entries. Used by one thread while it grows.
/// </summary>
internal sealed class Segments<T> : IReadOnlyList<T>
{
    private const int SegmentBits = 14, SegmentLength = 1 << SegmentBits;
    private readonly List<T[]> _segments = [];

    public int Count { get; private set; }

    public T this[int index] => (uint)index < (uint)Count
        ? _segments[index >> SegmentBits][index & (SegmentLength - 1)]
        : throw new ArgumentOutOfRangeException(nameof(index));

    public void Add(T item)
    {
        var within = Count & (SegmentLength - 1);
        // Few stay small.
        if (within == 0) _segments.Add(new T[_segments.Count == 0 ? 16 : SegmentLength]);
        if (_segments[^1] is var last && within == last.Length) Array.Resize(ref last, Math.Min(SegmentLength, 2 * within));
        _segments[^1] = last;
        last[within] = item;
        Count++;
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
