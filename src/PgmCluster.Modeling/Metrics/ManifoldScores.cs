namespace PgmCluster.Modeling.Metrics;

/// <summary>How two sets of features cover each other; see <see cref="Manifold"/>.</summary>
/// <param name="Precision">Share of generated images strictly inside the ball of some real one.</param>
/// <param name="Recall">Share of real images strictly inside the ball of some generated one.</param>
/// <param name="Density">Real balls around a generated image, divided by k, on average; may exceed 1.</param>
/// <param name="Coverage">Share of real images with a generated one strictly inside their ball.</param>
public sealed record ManifoldScores(double Precision, double Recall, double Density, double Coverage);
