namespace PgmCluster.Data.Images;

/// <summary>One line of a <see cref="LinePlot"/>.</summary>
/// <param name="Name">Its text in the legend.</param>
/// <param name="X">Ascending.</param>
/// <param name="Y">As many; a value that is not finite (or, on a logarithmic axis, not positive) leaves a gap.</param>
public sealed record PlotSeries(string Name, double[] X, double[] Y);
