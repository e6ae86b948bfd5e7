using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Training;
using PgmCluster.TestSupport;

namespace PgmCluster.Grains.Tests.Samples;

/// <summary>States that released versions wrote must stay readable: the samples are never edited.</summary>
public class TrainingRunStateTests
{
    [Fact]
    public void Read_SampleOfVersion1_GivesEveryField()
    {
        var path = Path.Combine(RepositoryRoot.Path, "tests", "PgmCluster.Grains.Tests", "Samples", "training-run.v1.json");
        var state = WorkJson.Read<TrainingRunState>(File.ReadAllText(path));

        Assert.Equal((1, JobPhase.Running, 2, 3L), (state.FormatVersion, state.Phase, state.Attempt, state.Generation));
        Assert.Equal(
            ("tokenizer-x", "shoes", 7L, "100"),
            (state.Request!.Preset, state.Request.Dataset, state.Request.Seed, state.Request.Set["training.steps"]));
        Assert.Equal(
            (50L, 2L, "runs/run/2/50.json"),
            (state.Checkpoints[0].Step, state.Checkpoints[0].Generation, state.Checkpoints[0].Manifest.Name));
        Assert.Equal((3L, 1, 60L), (state.Parts[0].Generation, state.Parts[0].Losses, state.Parts[0].LossMark));
        Assert.Equal((24, "boot"), (state.Dataset!.Splits[0].Count, state.Dataset.ClassNames[0]));
        Assert.Equal((50L, 0.25), (state.Progress.Done, state.Progress.Loss));
        Assert.Equal(("tokenizer", "shoes"), (state.Kind, state.MadeFrom.Single()));
    }

    [Fact]
    public void Read_WhatIsWrittenNow_IsTheSame()
    {
        var state = new TrainingRunState
        {
            Kind = "pgm",
            Phase = JobPhase.Parked,
            Tokens = [new ArtifactReference("a", 1, "b")],
            Result = null,
        };
        Assert.Equal(WorkJson.Write(state), WorkJson.Write(WorkJson.Read<TrainingRunState>(WorkJson.Write(state))));
    }
}
