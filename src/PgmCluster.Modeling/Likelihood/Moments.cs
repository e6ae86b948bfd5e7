namespace PgmCluster.Modeling.Likelihood;

/// <summary>
/// Number, mean and squared deviations of values, float64. Those of parts give those of the whole (Chan, Golub and LeVeque, "Updating
/// formulae and a pairwise algorithm for computing sample variances", 1979); folded in the same order they give the same bits.
/// </summary>
/// <param name="Count">Number of values.</param>
/// <param name="Mean">0 where there are none.</param>
/// <param name="SquaredDeviations">Sum of the squared differences from the mean.</param>
public sealed record Moments(long Count, double Mean, double SquaredDeviations)
{
    public static Moments None { get; } = new(0, 0, 0);

    /// <summary>Of the mean, as of independent values; null for fewer than two.</summary>
    public double? StandardError => Count < 2 ? null : Math.Sqrt(SquaredDeviations / (Count - 1) / Count);

    public static Moments Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) return None;
        var mean = values.Sum() / values.Count;
        return new Moments(values.Count, mean, values.Sum(value => (value - mean) * (value - mean)));
    }

    /// <summary>Of these values and others.</summary>
    public Moments With(Moments other)
    {
        if (Count == 0) return other;
        if (other.Count == 0) return this;
        double count = Count + other.Count, apart = other.Mean - Mean;
        return new Moments(
            Count + other.Count, Mean + apart * other.Count / count,
            SquaredDeviations + other.SquaredDeviations + apart * apart * Count * other.Count / count);
    }

    /// <summary>Of the values times a factor.</summary>
    public Moments Times(double factor) => new(Count, Mean * factor, SquaredDeviations * factor * factor);
}
