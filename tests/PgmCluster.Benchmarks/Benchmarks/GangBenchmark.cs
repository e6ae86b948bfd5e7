using System.Diagnostics;
using System.Globalization;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Cli.Chaos;
using PgmCluster.Cli.Clusters;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// What sharing costs, on real processes (a control silo and two silos with one device of one core each): two workers in one gang against two runs
/// of their own at the same time, one run of the cluster against the bare loop over its steps, and two workers tokenizing one job against two jobs.
/// </summary>
public sealed class GangBenchmark : IBenchmark
{
    private const int Steps = 40;
    private const int Images = 4000;
    private int _jobs;

    public string Name => "gang";

    public string Description => "two workers in a gang and two runs of their own, a run and its bare steps, two workers tokenizing";

    public IEnumerable<Comparison> Run(BenchmarkOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private async Task<IReadOnlyList<Comparison>> RunAsync(BenchmarkOptions options)
    {
        await using var cluster = new LocalCluster(null);
        await cluster.StartAsync(SiloPlan.Control());
        await cluster.StartAsync(SiloPlan.Device("one"), SiloPlan.Device("two"));
        await using var connection = await cluster.ConnectAsync();
        var grains = connection.Client;
        await grains.GetGrain<IDatasetGrain>("fashion").Register(new DatasetRequest { Location = SampleData.Locate(null).Location, ValidationImages = 10_000 - Images });
        await Seconds(await Start(grains, new TrainingRequest { Preset = "tokenizer-fashion", Dataset = "fashion", Set = new Dictionary<string, string> { ["training.steps"] = "20" } }, "tok"));
        await Tokenize(grains, "tokens");

        var (apart, together, own, bare) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var (twoJobs, oneJob) = (new List<double>(), new List<double>());
        for (var round = -1; round < options.Rounds; round++)
        {
            var runs = new[] { await Start(grains, Model(1)), await Start(grains, Model(1)) };
            var both = await Task.WhenAll(runs.Select(Seconds));
            var gang = await Seconds(await Start(grains, Model(2)));
            var single = await Start(grains, Model(1));
            var alone = await Seconds(single);
            var steps = Bare((await single.GetDetails()).Specification, await grains.GetGrain<ITokenizationJobGrain>("tokens").GetResult(), cluster.Artifacts);
            var jobs = await Task.WhenAll(Tokenize(grains, NextId()), Tokenize(grains, NextId()));
            var job = await Tokenize(grains, NextId());
            if (round < 0) continue;
            // In seconds per step of one batch, with two devices.
            apart.Add(both.Average() / Steps / 2);
            together.Add(gang / Steps);
            own.Add(alone / Steps);
            bare.Add(steps / Steps);
            twoJobs.Add(jobs.Max() / 2);
            oneJob.Add(job);
        }
        return
        [
            Of($"A step of a batch on two devices, 7.8 M parameters, {Steps} steps", ("two runs of their own", apart), ("one gang of two", together)),
            Of("A step on one device", ("bare steps", bare), ("a run of the cluster", own)),
            Of($"Tokenizing {Images} images on two devices", ("two jobs at once, per job", twoJobs), ("one job", oneJob)),
        ];
    }

    private string NextId() => $"job-{++_jobs}";

    private static TrainingRequest Model(int workers) => new()
    {
        Preset = "pgm-fashion",
        Tokens = "tokens",
        MinWorkers = workers,
        MaxWorkers = workers,
        Set = new Dictionary<string, string>
        {
            ["model.hidden"] = "256",
            ["model.encoderBlocks"] = "3",
            ["model.decoderBlocks"] = "3",
            ["training.batchSize"] = "16",
            ["training.microBatches"] = "8",
            ["training.steps"] = Steps.ToString(CultureInfo.InvariantCulture),
            ["training.warmUp"] = "10",
        },
    };

    private async Task<ITrainingRunGrain> Start(IGrainFactory grains, TrainingRequest request, string? id = null)
    {
        var run = grains.GetGrain<ITrainingRunGrain>(id ?? NextId());
        await run.Start(request);
        return run;
    }

    /// <summary>From the first step that is seen done to the end, scaled to all steps.</summary>
    private static async Task<double> Seconds(ITrainingRunGrain run)
    {
        await using var observer = new StepObserver(run);
        await observer.AtRest;
        var details = await run.GetDetails();
        if (details.Status.Phase != JobPhase.Completed) throw new InvalidOperationException($"Run {details.Status.Id} is {details.Status.Phase}: {details.Status.Message}");
        var (first, at) = observer.First;
        return Stopwatch.GetElapsedTime(at, observer.FirstSeen(details.Status.Progress.Done)!.Value).TotalSeconds * details.Status.Progress.Done / (details.Status.Progress.Done - first);
    }

    private static async Task<double> Tokenize(IGrainFactory grains, string id)
    {
        var job = grains.GetGrain<ITokenizationJobGrain>(id);
        var begun = Stopwatch.GetTimestamp();
        await job.Start(new TokenizationRequest { Dataset = "fashion", Tokenizer = "tok", ShardSize = Images / 8 });
        await foreach (var _ in job.WatchToRest())
        {
        }
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static double Bare(string specification, TokenizationResult tokens, string artifacts)
    {
        var store = new DirectoryArtifactStore(artifacts);
        var (first, last, begun) = (0L, 0L, Stopwatch.GetTimestamp());
        new BareSteps(specification, [.. tokens.Shards.Select(s => new ArtifactInfo(s.File.Name, s.File.Size, s.File.Sha256))], store).Run(Steps, done =>
        {
            if (done == 1) first = Stopwatch.GetTimestamp();
            last = Stopwatch.GetTimestamp();
        });
        return Stopwatch.GetElapsedTime(first, last).TotalSeconds * Steps / (Steps - 1);
    }

    private static Comparison Of(string title, params (string Name, List<double> Seconds)[] variants) => new(title, variants[0].Seconds.Count, [.. variants.Select(v => new Measurement(
        v.Name, Median(v.Seconds), v.Seconds.Min(), Median([.. v.Seconds.Select((s, round) => variants[0].Seconds[round] / s)]), null))]);

    private static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
