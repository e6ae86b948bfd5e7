namespace PgmCluster.TestSupport;

/// <summary>Recovers what a set of golden data was filled with where no file says it: the formula's amplitude and phase.</summary>
public static class FormulaPhase
{
    /// <summary>From elements 0 and 1 of the state's first tensor: amp sin(phase) and amp sin(0.75 + phase).</summary>
    /// <returns>The phase rounded to 6 decimals: the elements are float32.</returns>
    public static (double Amplitude, double Phase) Of(double first, double second)
    {
        var cosine = (second - first * Math.Cos(0.75)) / Math.Sin(0.75);
        return (Math.Sqrt(first * first + cosine * cosine), Math.Round(Math.Atan2(first, cosine), 6));
    }
}
