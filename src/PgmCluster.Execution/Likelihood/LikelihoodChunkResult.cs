using PgmCluster.Modeling.Likelihood;

namespace PgmCluster.Execution.Likelihood;

/// <summary>Result of one chunk of a likelihood.</summary>
/// <param name="Nats">Minus the natural logarithm of each image's probability.</param>
/// <param name="Counts">Tokens that each step reveals.</param>
public sealed record LikelihoodChunkResult(Moments Nats, IReadOnlyList<int> Counts);
