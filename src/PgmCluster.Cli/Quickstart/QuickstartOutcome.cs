using PgmCluster.Contracts.Evaluation;

namespace PgmCluster.Cli.Quickstart;

/// <summary>What a quickstart ends with.</summary>
/// <param name="Summary">The content of <c>summary.json</c>.</param>
/// <param name="Scores">The model's evaluation in full.</param>
/// <param name="Note">What to know about the dataset, in one line; null where there is nothing.</param>
internal sealed record QuickstartOutcome(QuickstartSummary Summary, EvaluationScores Scores, string? Note);
