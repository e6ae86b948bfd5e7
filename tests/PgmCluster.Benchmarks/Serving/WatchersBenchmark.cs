using System.Diagnostics;
using System.Globalization;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Benchmarks.Serving;

/// <summary>
/// What a training costs that many look at: a control silo and all who ask it have one core, the silo that trains another. Phases with nobody
/// and with everybody take turns.
/// </summary>
public sealed class WatchersBenchmark : IBenchmark
{
    private const int Watchers = 500, RequestsPerSecond = 200;

    private static readonly TimeSpan s_phase = TimeSpan.FromSeconds(20), s_settling = TimeSpan.FromSeconds(3);

    public string Name => "watchers";

    public string Description =>
        $"a training with {Watchers} watchers of its events and {RequestsPerSecond} requests a second beside it, against one alone; needs taskset";

    public IEnumerable<Comparison> Run(BenchmarkOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<Comparison>> RunAsync(BenchmarkOptions options)
    {
        // Who asks shares the core of who answers.
        using (var pinned = Process.Start("taskset", ["-acp", "0", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)])) pinned.WaitForExit();
        await using var cluster = new LocalCluster(null);
        var port = FreePort.Take();
        await cluster.StartAsync(SiloPlan.Control() with
        {
            Within = ["taskset", "-c", "0"],
            Environment = new Dictionary<string, string?> { ["PGM_APIPORT"] = port.ToString(CultureInfo.InvariantCulture) },
        });
        await cluster.StartAsync(SiloPlan.Device("one").WithoutGateway() with { Within = ["taskset", "-c", "1"] });
        await using var connection = await cluster.ConnectAsync("control");
        var grains = connection.Client;
        await grains.GetGrain<IDatasetGrain>("fashion").Register(
            new DatasetRequest { Location = SampleData.Locate(null).Location, ValidationImages = 1000 });
        var run = grains.GetGrain<ITrainingRunGrain>("run");
        await run.Start(new TrainingRequest
        {
            Preset = "tokenizer-fashion",
            Dataset = "fashion",
            Set = new Dictionary<string, string> { ["training.steps"] = "1000000" },
        });
        await Until.Holds("the run does steps", async () => (await run.GetStatus()).Progress.Done, done => done > 20);

        var (alone, watched) = (new double[options.Rounds], new double[options.Rounds]);
        var latencies = new List<double>();
        for (var round = 0; round < options.Rounds; round++)
        {
            alone[round] = await SecondsPerStep(run);
            await using (var crowd = await Crowd.GatherAsync($"http://127.0.0.1:{port}/api/v1/", "run", Watchers, RequestsPerSecond))
            {
                await Task.Delay(s_settling);
                watched[round] = await SecondsPerStep(run);
                latencies.AddRange(await crowd.LeaveAsync());
                var memory = await File.ReadAllLinesAsync($"/proc/{cluster["control"].ProcessId}/status");
                Console.Error.WriteLine(
                    $"round {round + 1}: {crowd.Events} events, {crowd.Failures} failures, control silo "
                    + memory.First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)).Split(':')[1].Trim());
            }
            await Task.Delay(s_settling);
        }
        await run.Cancel();
        latencies.Sort();
        return
        [
            Comparison.Of(
                $"A step, {Watchers} watchers and {RequestsPerSecond} requests a second; of these p50 {At(0.5)}, p99 {At(0.99)}, largest {At(1)} ms",
                ("alone", alone, 0), ("watched", watched, 0)),
        ];

        string At(double share) =>
            (1000 * latencies[(int)Math.Ceiling(share * latencies.Count) - 1]).ToString("0.0", CultureInfo.InvariantCulture);
    }

    private static async Task<double> SecondsPerStep(IJobGrain run)
    {
        var (first, begun) = await Step(run);
        await Task.Delay(s_phase);
        var (last, ended) = await Step(run);
        return Stopwatch.GetElapsedTime(begun, ended).TotalSeconds / (last - first);
    }

    /// <summary>A step, and the moment at which it was seen to be done.</summary>
    private static async Task<(long Done, long At)> Step(IJobGrain run)
    {
        var before = (await run.GetStatus()).Progress.Done;
        while (true)
        {
            var (done, at) = ((await run.GetStatus()).Progress.Done, Stopwatch.GetTimestamp());
            if (done > before) return (done, at);
            await Task.Delay(10);
        }
    }
}
