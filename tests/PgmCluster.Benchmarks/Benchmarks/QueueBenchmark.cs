using System.Diagnostics;
using System.Globalization;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Cli.Clusters;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>What queueing costs: quick units of one job on two silos over one SQLite file, against the statements they cannot do without.</summary>
public sealed class QueueBenchmark : IBenchmark
{
    private const int Units = 2000;

    public string Name => "queue";

    public string Description => $"{Units} units of one image on two silos against the bare statements";

    public IEnumerable<Comparison> Run(BenchmarkOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<Comparison>> RunAsync(BenchmarkOptions options)
    {
        await using var cluster = new LocalCluster(null);
        await cluster.StartAsync(SiloPlan.Device("one"), SiloPlan.Device("two"));
        await using var connection = await cluster.ConnectAsync();
        var grains = connection.Client;
        await grains.GetGrain<IDatasetGrain>("fashion").Register(
            new DatasetRequest { Location = SampleData.Locate(null).Location, ValidationImages = 10_000 - Units });
        var tokenizer = grains.GetGrain<ITrainingRunGrain>("tok");
        await tokenizer.Start(new TrainingRequest
        {
            Preset = "tokenizer-fashion",
            Dataset = "fashion",
            Set = new Dictionary<string, string> { ["training.steps"] = "1" },
        });
        await Rest(tokenizer);
        var (bare, queued, writes) = (new List<double>(), new List<double>(), "");
        for (var round = 0; round < options.Rounds; round++)
        {
            bare.Add(await BareStatements.Run(Path.Combine(cluster.Directory, $"bare-{round}.db"), Units));
            var before = Count(cluster);
            queued.Add(await Tokenize(grains, $"tokens-{round}"));
            var after = Count(cluster);
            writes = string.Create(CultureInfo.InvariantCulture,
                $"{(after.Queue - before.Queue) / (double)Units:0.00} of the queue and {(after.State - before.State) / (double)Units:0.00} of states");
        }
        return [Comparison.Of(
            $"{Units} units of one image on two silos; writes per unit: {writes}",
            ("bare statements", [.. bare], 0), ("units of the cluster", [.. queued], 0))];
    }

    private static async Task<double> Tokenize(IGrainFactory grains, string id)
    {
        var job = grains.GetGrain<ITokenizationJobGrain>(id);
        var begun = Stopwatch.GetTimestamp();
        await job.Start(new TokenizationRequest { Dataset = "fashion", Tokenizer = "tok", ShardSize = 1 });
        await Rest(job);
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task Rest(IJobGrain job)
    {
        await foreach (var _ in job.WatchToRest())
        {
        }
        if (await job.GetStatus() is { Phase: not JobPhase.Completed } status)
            throw new InvalidOperationException($"Job {status.Id} is {status.Phase}: {status.Message}");
    }

    /// <summary>How often the queue and grains' states were written so far.</summary>
    private static (long Queue, long State) Count(LocalCluster cluster)
    {
        var path = Directory.GetFiles(cluster.Directory, "*.db", SearchOption.AllDirectories).Single(p => !p.Contains("bare-", StringComparison.Ordinal));
        IStateDatabase database = StateDatabase.Existing(path);
        using var connection = database.Connect();
        long Read(string sql)
        {
            using var command = connection.Command(sql);
            return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        }
        return (Read("SELECT sum(Version) FROM PgmScheduler"), Read("SELECT sum(Version) FROM PgmGrainState"));
    }
}
