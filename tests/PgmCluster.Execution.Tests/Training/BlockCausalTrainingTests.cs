using System.Text.Json.Nodes;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Likelihood;
using PgmCluster.Modeling.Masking;
using static TorchSharp.torch;

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
    public void Run_SharedCrossKeyValues_IsTheSameOnMoreCoresAndRecomputed_AndItsCheckpointGoesOn()
    {
        using var runs = new TestRuns();
        ArtifactInfo[] tokens = [runs.Tokens(200)];
        TrainResult Train(string run, int steps, int cores, string recompute, ArtifactInfo? from = null) => runs.Train(
            TestRuns.Work(
                "pgm-once", steps,
                new Dictionary<string, string>(Mixture)
                {
                    ["model.crossKeyValues"] = "shared",
                    ["model.decoderBlocks"] = "3",
                    ["training.recompute"] = recompute,
                }, tokens, run: run) with
            { From = from, AsIs = from is not null }, runs.Context(cores: cores));
        var one = Train("one", 3, 1, "false");

        Assert.Equal(one.WeightsSha256, Train("five", 3, 5, "true").WeightsSha256);
        var taken = Train("as-is", 3, 1, "false", one.Weights);
        Assert.Equal((one.WeightsSha256, 0), (taken.WeightsSha256, taken.Steps));
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

    /// <summary>The curve of a training is in the units of <c>pgm evaluate --likelihood</c>, and means the same.</summary>
    [Fact]
    public void Validate_HeldOutImages_GivesTheLikelihoodOfTheSamplersOrder()
    {
        using var runs = new TestRuns();
        ArtifactInfo[] tokens = [runs.Tokens(200)];
        var settings = new Dictionary<string, string>(Mixture)
        {
            ["training.learningRate"] = "1e-2",
            ["training.validationExamples"] = "32",
            ["training.validationSplit"] = "end",
            ["training.validationSteps"] = "4",
            ["orders.steps"] = "7",
            ["orders.curve"] = "linear",
            ["orders.mostBlocks"] = "20",
        };
        var result = runs.Train(TestRuns.Work("pgm-once", 4, settings, tokens, run: "run"));

        int[] heldOut = [.. Enumerable.Range(168, 32)];
        using var data = TokenShard.Open(runs.FileOf(tokens[0].Name));
        using var model = ModelFiles.Generative(runs.Store, result.Weights, useEma: false, CPU);
        using var scope = NewDisposeScope();
        var codes = tensor(heldOut.SelectMany(i => data.Codes(i).ToArray().Select(c => (long)c)).ToArray(), [32, 49]);
        var labels = tensor(heldOut.Select(i => (long)data.Label(i)).ToArray());
        var plan = new RevealPlan(TokenOrder.Halton, 7, MaskingSchedule.Linear, 7, 7);
        var nats = TokenLikelihood.StepByStep(model.Model, codes, labels, plan, new int[32]);
        Assert.Equal(-nats.mean().item<double>() / 49, result.ValidationLoss!.Value, 1e-5);
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

    /// <summary>Specifications of before there was a choice keep their text, and so hashes and the ids that are made of them.</summary>
    [Theory]
    [InlineData("pgm")]
    [InlineData("pgm-once")]
    public void Specification_CrossKeyValues_StandInItWhereTheyAreShared(string kind)
    {
        string Text(string? value) => TestRuns.Work(
            kind, 1, value is null ? null : new Dictionary<string, string> { ["model.crossKeyValues"] = value }).Specification;

        Assert.DoesNotContain("crossKeyValues", Text(null));
        Assert.Equal(Text(null), Text("own"));
        Assert.Equal("shared", (string?)JsonNode.Parse(Text("shared"))!["model"]!["crossKeyValues"]);
        Assert.Contains(
            "model.crossKeyValues = 'common': must be own or shared.", Assert.Throws<BadInputException>(() => Text("common")).Message);
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
