using PgmCluster.Contracts.Evaluation;

namespace PgmCluster.Cli.Quickstart;

/// <summary>What a quickstart ends with.</summary>
/// <param name="Summary">The content of <c>summary.json</c>.</param>
/// <param name="Scores">The evaluation in full.</param>
internal sealed record QuickstartOutcome(QuickstartSummary Summary, EvaluationScores Scores);
