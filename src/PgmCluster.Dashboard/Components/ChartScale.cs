using System.Globalization;
using System.Text;

namespace PgmCluster.Dashboard.Components;

/// <summary>Where steps and values lie in a chart.</summary>
internal sealed class ChartScale
{
    /// <summary>The chart's size and the edges of its curves, in its own units.</summary>
    public const int Width = 420, Height = 220, Left = 54, Right = 410, Top = 10, Bottom = 194;

    private const int MostTicks = 5;

    private readonly long _last;
    private readonly double _low, _high;

    /// <param name="last">The last step.</param>
    /// <param name="values">All that is shown.</param>
    public ChartScale(long last, IEnumerable<double> values)
    {
        _last = Math.Max(1, last);
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (low > high) (low, high) = (0, 1);
        if (high - low < 1e-9 * Math.Max(1, Math.Abs(high))) (low, high) = (low - 0.5 * Unit(low), high + 0.5 * Unit(high));
        var between = Nice((high - low) / (MostTicks - 1));
        (_low, _high) = (Math.Floor(low / between) * between, Math.Ceiling(high / between) * between);
        YTicks = [.. Enumerable.Range(0, (int)Math.Round((_high - _low) / between) + 1).Select(i => Math.Round(_low + i * between, 12))];
        var steps = Math.Max(1, (long)Nice(_last / (double)MostTicks));
        XTicks = [.. Enumerable.Range(0, (int)(_last / steps) + 1).Select(i => i * steps).Where(s => s <= _last * 0.97)];
    }

    /// <summary>Values that have a line.</summary>
    public IReadOnlyList<double> YTicks { get; }

    /// <summary>Steps that have a number.</summary>
    public IReadOnlyList<long> XTicks { get; }

    /// <summary>Where a step is.</summary>
    public string X(double step) => Text(Left + (Right - Left) * step / _last);

    /// <summary>Where a value is.</summary>
    public string Y(double value) => Text(Bottom - (Bottom - Top) * (value - _low) / (_high - _low));

    /// <summary>A line through means of equal parts, as SVG has it; what is missing is bridged.</summary>
    public string Path(IReadOnlyList<double?> means)
    {
        var path = new StringBuilder();
        for (var i = 0; i < means.Count; i++)
        {
            if (means[i] is not { } mean) continue;
            path.Append(path.Length == 0 ? 'M' : 'L').Append(X((i + 0.5) * _last / means.Count)).Append(' ').Append(Y(mean));
        }
        return path.ToString();
    }

    private static double Unit(double value) => value == 0 ? 1 : Math.Abs(value);

    /// <summary>1, 2 or 5 times a power of ten, not less than asked for.</summary>
    private static double Nice(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return power * (least <= power * 1.000001 ? 1 : least <= power * 2.000001 ? 2 : least <= power * 5.000001 ? 5 : 10);
    }

    private static string Text(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
