using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Cli.Quickstart;

/// <summary>A model of a quickstart when it is trained and scored.</summary>
/// <param name="Model">Which one.</param>
/// <param name="Details">Of a completed training, which has a result.</param>
/// <param name="Scores">Its evaluation.</param>
/// <param name="Likelihood">Of the held-out images.</param>
internal sealed record TrainedModel(
    QuickstartModel Model, TrainingDetails Details, EvaluationScores Scores, LikelihoodScore Likelihood)
{
    public TrainingResult Result => Details.Result!;
}
