using PgmCluster.Contracts.Evaluation;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Evaluation;
using PgmCluster.TestSupport;

namespace PgmCluster.Grains.Tests.Samples;

/// <summary>States that released versions wrote must stay readable: the samples are never edited.</summary>
public class EvaluationJobStateTests
{
    [Fact]
    public void Read_SampleOfVersion1_IsAnEvaluationWithAClassifier()
    {
        var path = Path.Combine(RepositoryRoot.Path, "tests", "PgmCluster.Grains.Tests", "Samples", "evaluation-job.v1.json");
        var state = WorkJson.Read<EvaluationJobState>(File.ReadAllText(path));

        Assert.Equal(
            (FeatureKinds.Classifier, "cls", null, null),
            (state.Request!.Features, state.Request.Classifier, state.Request.Inception, state.Request.Statistics));
        Assert.Equal(("runs/cls/weights.safetensors", null, null), (state.Classifier!.Name, state.Features, state.Statistics));
        Assert.Equal(
            (0.9, 25.5, null, null),
            (state.Scores!.ClassifierAccuracyReal!.Value, state.Scores.FrechetGenerated, state.Scores.InceptionScore, state.Scores.Basis));
    }

    [Fact]
    public void Between_RecordedRequestAndTheSameNow_AreEqual()
    {
        var path = Path.Combine(RepositoryRoot.Path, "tests", "PgmCluster.Grains.Tests", "Samples", "evaluation-job.v1.json");
        var state = WorkJson.Read<EvaluationJobState>(File.ReadAllText(path));
        var again = new EvaluationRequest
        {
            Model = "model",
            Classifier = "cls",
            Images = 5,
            ChunkSize = 3,
            Seed = 4,
            Settings = new() { GuidanceSchedule = "linear" },
        };
        Assert.Equal(WorkJson.Write(again), WorkJson.Write(state.Asked));
    }
}
