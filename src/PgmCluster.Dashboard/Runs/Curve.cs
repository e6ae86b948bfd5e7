namespace PgmCluster.Dashboard.Runs;

/// <summary>
/// A value over steps, in memory that does not grow with them: means of as many successive steps as it takes. A step that comes again has
/// the same value, and does not move the mean of its neighbours by more than they differ.
/// </summary>
public sealed class Curve
{
    private const int Most = 2048;

    private readonly Dictionary<long, (double Sum, long Count)> _parts = [];
    private long _stride = 1;

    /// <summary>The last step that has a value; -1 for none.</summary>
    public long LastStep { get; private set; } = -1;

    /// <summary>The value of that step.</summary>
    public double? Last { get; private set; }

    /// <summary>The lowest so far.</summary>
    public double? Lowest { get; private set; }

    /// <summary>Takes a value in; one that is no number is left out.</summary>
    public void Add(long step, double value)
    {
        if (!double.IsFinite(value) || step < 0) return;
        var (sum, count) = _parts.GetValueOrDefault(step / _stride);
        _parts[step / _stride] = (sum + value, count + 1);
        if (step >= LastStep) (LastStep, Last) = (step, value);
        if (Lowest is null || value < Lowest) Lowest = value;
        while (_parts.Count > Most) Merge();
    }

    /// <summary>Means over equal parts of the steps from 0 to one.</summary>
    /// <param name="last">That one.</param>
    /// <param name="parts">How many.</param>
    /// <returns>One each; null where it has no value.</returns>
    public IReadOnlyList<double?> Means(long last, int parts)
    {
        var sums = new (double Sum, long Count)[parts];
        foreach (var (part, (sum, count)) in _parts)
        {
            var at = (int)Math.Min(parts - 1, part * _stride * parts / (last + 1));
            sums[at] = (sums[at].Sum + sum, sums[at].Count + count);
        }
        return [.. sums.Select(s => s.Count == 0 ? (double?)null : s.Sum / s.Count)];
    }

    private void Merge()
    {
        var old = _parts.ToList();
        _parts.Clear();
        _stride *= 2;
        foreach (var (part, (sum, count)) in old)
        {
            var (moreSum, more) = _parts.GetValueOrDefault(part / 2);
            _parts[part / 2] = (sum + moreSum, count + more);
        }
    }
}
