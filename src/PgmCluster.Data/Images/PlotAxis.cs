namespace PgmCluster.Data.Images;

/// <summary>Maps values to 0..1 and chooses round numbers for ticks.</summary>
internal sealed class PlotAxis
{
    private const string Units = "kMGT";

    private readonly double _low;
    private readonly double _high;
    private readonly bool _log;

    private PlotAxis(double low, double high, bool log, List<(double, string)> ticks, List<double> minorTicks)
    {
        (_low, _high, _log) = (low, high, log);
        Ticks = ticks;
        MinorTicks = minorTicks;
    }

    /// <summary>Values with their texts.</summary>
    public IReadOnlyList<(double Value, string Text)> Ticks { get; }

    /// <summary>Values that deserve a fainter line and no text.</summary>
    public IReadOnlyList<double> MinorTicks { get; }

    /// <summary>An axis over the given range.</summary>
    /// <param name="low">The least value.</param>
    /// <param name="high">The greatest value.</param>
    /// <param name="about">How many ticks there is room for.</param>
    /// <param name="widen">Whether the axis begins and ends at ticks; otherwise at the values themselves.</param>
    public static PlotAxis Linear(double low, double high, int about, bool widen)
    {
        if (high <= low) (low, high) = low == 0 ? (0, 1) : (low - Math.Abs(low) * 0.05, low + Math.Abs(low) * 0.05);
        var step = RoundStep((high - low) / about);
        if (widen) (low, high) = (Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step);
        return new PlotAxis(low, high, log: false, LinearTicks(low, high, step), []);
    }

    /// <summary>
    /// A logarithmic axis over a positive range: ticks at powers of ten, or at round numbers where it spans few of those.
    /// </summary>
    public static PlotAxis Log(double low, double high, int about)
    {
        if (high <= low) (low, high) = (low / 1.5, high * 1.5);
        var decades = Math.Log10(high / low);
        if (decades < 1.5)
        {
            var step = RoundStep((high - low) / about);
            var bottom = Math.Floor(low / step + 1e-9) * step;
            if (bottom <= 0) bottom = low;
            var top = Math.Ceiling(high / step - 1e-9) * step;
            return new PlotAxis(bottom, top, log: true, LinearTicks(bottom, top, step), []);
        }

        var (first, last) = ((int)Math.Floor(Math.Log10(low) + 1e-9), (int)Math.Ceiling(Math.Log10(high) - 1e-9));
        var every = Math.Max(1, (int)Math.Ceiling((last - first) / (double)(about + 2)));
        var ticks = new List<(double, string)>();
        var minor = new List<double>();
        for (var exponent = first; exponent <= last; exponent++)
        {
            var power = Math.Pow(10, exponent);
            if ((exponent - first) % every == 0) ticks.Add((power, Text(power, power)));
            if (every == 1 && exponent < last) minor.AddRange(Enumerable.Range(2, 8).Select(m => m * power));
        }
        return new PlotAxis(Math.Pow(10, first), Math.Pow(10, last), log: true, ticks, minor);
    }

    /// <summary>The place of a value: 0 at the low end, 1 at the high end.</summary>
    public double Map(double value) => _log ? Math.Log(value / _low) / Math.Log(_high / _low) : (value - _low) / (_high - _low);

    private static List<(double, string)> LinearTicks(double low, double high, double step)
    {
        var ticks = new List<(double, string)>();
        for (var i = (long)Math.Ceiling(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
            ticks.Add((i * step, Text(i * step, step)));
        return ticks;
    }

    private static double RoundStep(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var digit = rough / power;
        return (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 2.5 ? 2.5 : digit <= 5 ? 5 : 10) * power;
    }

    private static string Text(double value, double step)
    {
        // By the step, so that all texts of an axis are of one kind.
        if (step is >= 1e15 or < 1e-3) return value == 0 ? "0" : value.ToString("0.####e0");
        if (step < 1000) return value.ToString("F" + Decimals(step));
        var thousands = Math.Min(Units.Length, (int)Math.Floor(Math.Log10(step) / 3 + 1e-9));
        var unit = Math.Pow(1000, thousands);
        return value == 0 ? "0" : $"{value / unit:0.##}{Units[thousands - 1]}";
    }

    private static int Decimals(double step)
    {
        for (var decimals = 0; decimals < 6; decimals++)
        {
            var shifted = step * Math.Pow(10, decimals);
            if (Math.Abs(shifted - Math.Round(shifted)) < 1e-6 * shifted) return decimals;
        }
        return 6;
    }
}
