namespace PgmCluster.Cli.Study.Pages;

/// <summary>Points of one colour, joined in the order of X.</summary>
internal sealed record ScatterLine(string Name, IReadOnlyList<ScatterPoint> Points);

/// <summary>A point with a word beside it.</summary>
internal sealed record ScatterPoint(double X, double Y, string Label);
