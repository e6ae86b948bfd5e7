using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Evaluation;
using PgmCluster.Grains.Tokenization;
using PgmCluster.Grains.Training;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What is stored since jobs leave out images that cannot be decoded, and clients store files that they name.</summary>
internal static class StoredSkips
{
    private static readonly SkippedImage[] s_skipped = [new("train-0001.tar", "größe.jpg", "the data are truncated")];

    /// <param name="before">The samples of before.</param>
    public static IEnumerable<(string File, object State)> After(IReadOnlyList<(string File, object State)> before)
    {
        var evaluation = StoredStates.CopyOf<EvaluationJobState>(before, "evaluation-job.3.json");
        evaluation.Request = evaluation.Request! with { SkipBad = 3, InceptionWeights = StoredStates.Artifact("inception") };
        evaluation.Statistics = evaluation.Statistics! with { Skipped = s_skipped };
        evaluation.Scores = evaluation.Scores! with { Skipped = s_skipped };
        yield return ("evaluation-job.4.json", evaluation);
        // Since scores say what is wrong with them.
        var scored = StoredTypes.Copy(evaluation);
        scored.Scores = scored.Scores! with { Remark = "2 generated images for 64 features" };
        yield return ("evaluation-job.5.json", scored);
        // Since they say what of the sampling is far from the training.
        var noted = StoredTypes.Copy(scored);
        noted.Note = "8 steps: far from what the model was trained on";
        yield return ("evaluation-job.6.json", noted);
        var statistics = StoredStates.CopyOf<StatisticsJobState>(before, "statistics-job.3.json");
        statistics.Request = statistics.Request! with { SkipBad = 3, InceptionWeights = StoredStates.Artifact("inception") };
        yield return ("statistics-job.4.json", statistics);
        var tokenization = StoredStates.CopyOf<TokenizationJobState>(before, "tokenization-job.3.json");
        tokenization.Request = tokenization.Request! with { SkipBad = 3 };
        tokenization.Result = tokenization.Result! with { Skipped = s_skipped };
        yield return ("tokenization-job.4.json", tokenization);
        var training = StoredStates.CopyOf<TrainingRunState>(before, "training-run.3.json");
        training.Request = training.Request! with { SkipBad = 3 };
        yield return ("training-run.4.json", training);
    }
}
