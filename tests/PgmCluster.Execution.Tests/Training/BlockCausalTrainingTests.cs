using System.Text.Json.Nodes;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Training;

/// <summary>Training of kind "pgm-once": what is drawn depends on the step, and on nothing else.</summary>
public class BlockCausalTrainingTests
{
    /// <summary>Every order, and annealing within the run's few steps.</summary>
    private static readonly Dictionary<string, string> Mixture = new()
    {
        ["training.microBatches"] = "4",
        ["orders.sampler"] = "0.25",
        ["orders.rolled"] = "0.25",
        ["orders.random"] = "0.5",
        ["orders.fewestBlocks"] = "4",
        ["orders.mostBlocks"] = "49",
        ["orders.annealFrom"] = "0.3",
        ["orders.annealTo"] = "0.9",
    };

    [Fact]
    public void Run_OnMoreCoresOrStoppedAndResumed_GivesTheSameBits()
    {
        using var runs = new TestRuns();
        ArtifactInfo[] tokens = [runs.Tokens(200)];
        var one = runs.Train(TestRuns.Work("pgm-once", 8, Mixture, tokens, run: "one"));
        var five = runs.Train(TestRuns.Work("pgm-once", 8, Mixture, tokens, run: "five"), runs.Context(cores: 5));

        var records = new List<CheckpointRecord>();
        using var stop = new CancellationTokenSource();
        var stopped = runs.Context(cores: 2,
            publish: record => { records.Insert(0, WorkJson.Read<CheckpointRecord>(record)); return true; },
            progress: progress => { if (progress.Done >= 4) stop.Cancel(); }, stopped: stop.Token);
        var work = TestRuns.Work("pgm-once", 8, Mixture, tokens, run: "resumed");
        Assert.Throws<WorkInterruptedException>(() => runs.Train(work, stopped));
        var resumed = runs.Train(work with { Checkpoints = [.. records.Take(2)] }, runs.Context(generation: 2));

        var expected = (one.WeightsSha256, one.EmaSha256, one.OptimizerSha256, one.FinalLoss);
        Assert.Equal(expected, (five.WeightsSha256, five.EmaSha256, five.OptimizerSha256, five.FinalLoss));
        Assert.Equal(expected, (resumed.WeightsSha256, resumed.EmaSha256, resumed.OptimizerSha256, resumed.FinalLoss));
    }

    [Fact]
    public void Run_OtherOrders_GivesOtherWeightsFromTheSameStart()
    {
        using var runs = new TestRuns();
        ArtifactInfo[] tokens = [runs.Tokens(200)];
        Assert.NotEqual(
            runs.Train(TestRuns.Work("pgm-once", 3, null, tokens, run: "sampler")).WeightsSha256,
            runs.Train(TestRuns.Work("pgm-once", 3, Mixture, tokens, run: "mixture")).WeightsSha256);
    }

    /// <summary>Validation scores the sampler's own order, whatever training draws: a likelihood that compares.</summary>
    [Fact]
    public void Validate_WhateverTrainingDraws_ScoresTheSamplersOrder()
    {
        using var runs = new TestRuns();
        ArtifactInfo[] tokens = [runs.Tokens(200)];
        double First(string run, Dictionary<string, string> orders)
        {
            // The rate is next to nothing, so that both runs are validated with the weights they began with.
            var settings = new Dictionary<string, string>(orders)
            {
                ["training.microBatches"] = "4",
                ["training.learningRate"] = "1e-30",
                ["training.validationExamples"] = "32",
                ["training.validationSteps"] = "1",
            };
            runs.Train(TestRuns.Work("pgm-once", 1, settings, tokens, run: run));
            return StepMetricsLog.Read(runs.Store, run).Single().ValidationLoss!.Value;
        }
        Assert.Equal(First("sampler", []), First("mixture", Mixture));
    }

    [Fact]
    public void Specification_OfOtherKinds_HasNoOrdersAndNoBlocks()
    {
        var pgm = JsonNode.Parse(TestRuns.Work("pgm", 1).Specification)!;
        Assert.Null(pgm["orders"]);
        Assert.Null(pgm["model"]!["blockCausal"]);
        var once = JsonNode.Parse(TestRuns.Work("pgm-once", 1).Specification)!;
        Assert.Equal(16, (int)once["orders"]!["steps"]!);
        Assert.True((bool)once["model"]!["blockCausal"]!);
    }

    [Fact]
    public void Resolve_OrdersThatCannotBe_AreRefusedByKey()
    {
        string Refusal(string key, string value) => Assert.Throws<BadInputException>(
            () => TestRuns.Work("pgm-once", 1, new Dictionary<string, string> { [key] = value })).Message;

        Assert.Contains("orders.steps = 0: must be at least 1.", Refusal("orders.steps", "0"));
        Assert.Contains("orders.random = -1: must not be negative.", Refusal("orders.random", "-1"));
        Assert.Contains("model.blockCausal = false: must be true for kind pgm-once.", Refusal("model.blockCausal", "false"));
    }
}
