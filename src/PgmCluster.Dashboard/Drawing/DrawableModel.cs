namespace PgmCluster.Dashboard.Drawing;

/// <summary>What can be drawn from a model.</summary>
/// <param name="Classes">Names by index.</param>
/// <param name="Trained">Classes that it has seen, by index.</param>
internal sealed record DrawableModel(IReadOnlyList<string> Classes, IReadOnlyList<int> Trained);
