using System.Diagnostics;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Drawing;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>Drawing while somebody waits: many clients of one picture each, against one batch of as many on the bare device.</summary>
public sealed class DrawingBenchmark : IBenchmark
{
    private const int Clients = 32, Classes = 10;

    private static readonly string[] s_presets = ["pgm-fashion", "pgm-once-fashion"];

    public string Name => "drawing";

    public string Description => $"{Clients} clients of one picture each, against one batch of {Clients} on the bare device";

    public IEnumerable<Comparison> Run(BenchmarkOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<Comparison>> RunAsync(BenchmarkOptions options)
    {
        await using var cluster = new LocalCluster(null);
        await cluster.StartAsync(SiloPlan.Control());
        await cluster.StartAsync(SiloPlan.Device("one") with { CoresPerDevice = options.Cores });
        await using var connection = await cluster.ConnectAsync("control");
        var grains = connection.Client;
        await grains.GetGrain<IDatasetGrain>("fashion").Register(
            new DatasetRequest { Location = SampleData.Locate(null).Location, ValidationImages = 9000 });
        var tokenizer = await Train(grains, "tok", new TrainingRequest { Preset = "tokenizer-fashion", Dataset = "fashion" });
        var tokens = grains.GetGrain<ITokenizationJobGrain>("tokens");
        await tokens.Start(new TokenizationRequest { Dataset = "fashion", Tokenizer = "tok" });
        await ToRest(tokens);
        var comparisons = new List<Comparison>();
        foreach (var preset in s_presets)
        {
            var model = await Train(grains, preset, new TrainingRequest { Preset = preset, Tokens = "tokens" });
            comparisons.Add(await Compare(cluster, grains, preset, model, tokenizer, options));
        }
        return comparisons;
    }

    private static async Task<Comparison> Compare(
        LocalCluster cluster, IGrainFactory grains, string run, ArtifactReference model, ArtifactReference tokenizer, BenchmarkOptions options)
    {
        var settings = new SamplerSettings { BatchSize = Clients, Threads = 1 };
        var context = new WorkContext
        {
            Generation = 1,
            Device = ComputeDevice.Cpu(),
            Cores = options.Cores,
            Artifacts = new DirectoryArtifactStore(cluster.Artifacts),
        };
        using var lanes = new ComputeLanes(options.Cores, 1, "cpu:0");
        using var together = new ImageSampler(context, Info(model), Info(tokenizer), settings, lanes);
        using var shared = new ImageSampler(context, Info(model), Info(tokenizer), settings with { BatchSize = Clients / options.Cores }, lanes);
        int[] labels = [.. Enumerable.Range(0, Clients).Select(i => i % Classes)];
        var (batch, split, clients) = (new double[options.Rounds], new double[options.Rounds], new double[options.Rounds]);
        for (var round = -2; round < options.Rounds; round++)
        {
            var times = (Bare(together), Bare(shared), await Drawn(round));
            if (round < 0) continue;
            (batch[round], split[round], clients[round]) = times;
        }
        return Comparison.Of(
            $"{Clients} pictures of {run}, {settings.Steps} steps, {options.Cores} cores",
            ($"one batch of {Clients}", batch, 0), ("the same, a part to each core", split, 0), ($"{Clients} clients, one each", clients, 0));

        double Bare(ImageSampler sampler)
        {
            var begun = Stopwatch.GetTimestamp();
            sampler.Sample(labels, 1, context, (_, images) => images.sum());
            return Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }

        async Task<double> Drawn(int round)
        {
            var drawing = grains.GetGrain<IDrawingGrain>(run);
            var begun = Stopwatch.GetTimestamp();
            await Task.WhenAll(labels.Select((label, i) => drawing.DrawAsync(
                new DrawingRequest { Classes = [label], Seed = (1000 * (round + 2)) + i, Settings = new SamplingSettings { Steps = settings.Steps } })));
            return Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }
    }

    private static async Task<ArtifactReference> Train(IGrainFactory grains, string id, TrainingRequest request)
    {
        var run = grains.GetGrain<ITrainingRunGrain>(id);
        await run.Start(request with { Set = new Dictionary<string, string> { ["training.steps"] = "10" } });
        await ToRest(run);
        return (await run.GetDetails()).Result!.Weights;
    }

    private static async Task ToRest(IJobGrain job)
    {
        await foreach (var _ in job.WatchToRest())
        {
        }
    }

    private static ArtifactInfo Info(ArtifactReference reference) => new(reference.Name, reference.Size, reference.Sha256);
}
