using System.Diagnostics;
using System.Globalization;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Chaos.Runs;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>What sharing costs, on real processes: a control silo and two silos with one device of one core each.</summary>
public sealed class GangBenchmark : IBenchmark
{
    private const int Steps = 30;
    private const int Images = 4000;

    /// <summary>Two workers in one gang against two runs of their own at the same time.</summary>
    public static readonly GangBenchmark Training = new(
        "gang", $"A step of a batch on two devices, 7.8 M parameters, {Steps} steps", ("two runs of their own", "one gang of two"),
        (b, _, grains) => b.Share(grains));

    /// <summary>A run of the cluster against the bare loop over its steps.</summary>
    public static readonly GangBenchmark Orchestration = new(
        "orchestration", "A step on one device", ("bare steps", "a run of the cluster"),
        (b, cluster, grains) => b.Orchestrate(cluster, grains));

    /// <summary>Two workers tokenizing one job against two jobs.</summary>
    public static readonly GangBenchmark Tokenizing = new(
        "tokenizing", $"Tokenizing {Images} images on two devices", ("two jobs at once, per job", "one job"),
        (b, _, grains) => b.TokenizeTogether(grains));

    private readonly string _title;
    private readonly (string First, string Second) _names;
    private readonly Func<GangBenchmark, LocalCluster, IGrainFactory, Task<(double, double)>> _measure;
    private int _jobs;

    private GangBenchmark(
        string name, string title, (string First, string Second) names, Func<GangBenchmark, LocalCluster, IGrainFactory,
        Task<(double, double)>> measure) =>
        (Name, _title, _names, _measure) = (name, title, names, measure);

    public string Name { get; }

    public string Description => $"{_names.Second} against {_names.First}, in processes of their own";

    public IEnumerable<Comparison> Run(BenchmarkOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private async Task<IReadOnlyList<Comparison>> RunAsync(BenchmarkOptions options)
    {
        await using var cluster = new LocalCluster(null);
        await cluster.StartAsync(SiloPlan.Control());
        await cluster.StartAsync(SiloPlan.Device("one"), SiloPlan.Device("two"));
        await using var connection = await cluster.ConnectAsync();
        var grains = connection.Client;
        await grains.GetGrain<IDatasetGrain>("fashion").Register(
            new DatasetRequest { Location = SampleData.Locate(null).Location, ValidationImages = 10_000 - Images });
        await Seconds(
            await Start(
                grains,
                new TrainingRequest
                {
                    Preset = "tokenizer-fashion",
                    Dataset = "fashion",
                    Set = new Dictionary<string, string> { ["training.steps"] = "20" }
                }, "tok"));
        await Tokenize(grains, "tokens");
        var (first, second) = (new List<double>(), new List<double>());
        for (var round = -1; round < options.Rounds; round++)
        {
            var (a, b) = await _measure(this, cluster, grains);
            if (round < 0) continue;
            first.Add(a);
            second.Add(b);
        }
        return [Comparison.Of(_title, (_names.First, [.. first], 0), (_names.Second, [.. second], 0))];
    }

    /// <summary>Seconds of a step of one batch, where two devices are at work.</summary>
    private async Task<(double, double)> Share(IGrainFactory grains)
    {
        var both = await Task.WhenAll(new[] { await Start(grains, Model(1)), await Start(grains, Model(1)) }.Select(Seconds));
        return (both.Average() / Steps / 2, await Seconds(await Start(grains, Model(2))) / Steps);
    }

    private async Task<(double, double)> Orchestrate(LocalCluster cluster, IGrainFactory grains)
    {
        var run = await Start(grains, Model(1));
        var seconds = await Seconds(run);
        return (Bare(
            (await run.GetDetails()).Specification, await grains.GetGrain<ITokenizationJobGrain>("tokens").GetResult(),
            cluster.Artifacts) / Steps, seconds / Steps);
    }

    private async Task<(double, double)> TokenizeTogether(IGrainFactory grains)
    {
        var jobs = await Task.WhenAll(Tokenize(grains, NextId()), Tokenize(grains, NextId()));
        return (jobs.Max() / 2, await Tokenize(grains, NextId()));
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
            ["training.batchSize"] = "24",
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
        if (details.Status.Phase != JobPhase.Completed)
            throw new InvalidOperationException($"Run {details.Status.Id} is {details.Status.Phase}: {details.Status.Message}");
        var (first, at) = observer.First;
        return Stopwatch.GetElapsedTime(at,
            observer.FirstSeen(details.Status.Progress.Done)!.Value).TotalSeconds * details.Status.Progress.Done / (details.Status.Progress.Done - first);
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
        new BareSteps(
            specification, [.. tokens.Shards.Select(s => new ArtifactInfo(s.File.Name, s.File.Size, s.File.Sha256))], store).Run(Steps,
            done =>
        {
            if (done == 1) first = Stopwatch.GetTimestamp();
            last = Stopwatch.GetTimestamp();
        });
        return Stopwatch.GetElapsedTime(first, last).TotalSeconds * Steps / (Steps - 1);
    }
}
