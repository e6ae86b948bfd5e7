using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Cli.Quickstart;

/// <summary>A model of a quickstart when it is trained and scored.</summary>
internal sealed record TrainedModel(
    QuickstartModel Model, TrainingDetails Details, TrainingResult Result, EvaluationScores Scores, LikelihoodScore Likelihood);
