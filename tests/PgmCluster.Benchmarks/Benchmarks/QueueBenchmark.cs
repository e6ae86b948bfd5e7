using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.TestSupport.Processes;
using SiloOptions = PgmCluster.Silo.Options.SiloOptions;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// What queueing costs: units of one job that compute nothing, on two silos in this process over one SQLite file, against the statements
/// that they cannot do without.
/// </summary>
public sealed class QueueBenchmark : IBenchmark
{
    private const int Units = 2000;

    public string Name => "queue";

    public string Description => $"{Units} units that compute nothing, on two silos, against the bare statements";

    public IEnumerable<Comparison> Run(BenchmarkOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<Comparison>> RunAsync(BenchmarkOptions options)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-queue-").FullName;
        using var counts = new ClusterCounts();
        try
        {
            await using var one = await Start(directory, "one");
            await using var two = await Start(directory, "two");
            counts.Writers = [.. new[] { one, two }.Select(silo => silo.Services.GetRequiredService<WriterQueue>())];
            return await Measure(options, directory, one.Grains, counts);
        }
        finally
        {
            TemporaryFiles.Delete(directory);
        }
    }

    private static Task<PgmSiloHost> Start(string directory, string name)
    {
        var options = new SiloOptions
        {
            Home = Path.Combine(directory, "home"),
            SiloName = name,
            Exclusive = false,
            Devices = "cpu:0",
            CoresPerDevice = 1,
        };
        return PgmSiloHost.StartAsync(options, silo =>
        {
            silo.AddPgmParts(options);
            silo.Services.AddSingleton<IWorkItemFactory, QuickWork>();
        });
    }

    private static async Task<IReadOnlyList<Comparison>> Measure(
        BenchmarkOptions options, string directory, IGrainFactory grains, ClusterCounts counts)
    {
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
        var (bare, queued, perUnit) = (new List<double>(), new List<double>(), "");
        // One round that is not counted: in it the code is compiled.
        for (var round = -1; round < options.Rounds; round++)
        {
            var statements = await BareStatements.Run(Path.Combine(directory, $"bare-{round}.db"), Units);
            var (before, counted) = (Count(directory), counts.Now());
            var units = await Tokenize(grains, $"tokens-{round}");
            if (round >= 0)
            {
                bare.Add(statements);
                queued.Add(units);
            }
            var (after, did) = (Count(directory), counts.Now().Since(counted, Units));
            perUnit = string.Create(CultureInfo.InvariantCulture,
                $"writes: {(after.Queue - before.Queue) / (double)Units:0.00} of the queue and "
                + $"{(after.State - before.State) / (double)Units:0.00} of states; {did}");
        }
        return [Comparison.Of(
            $"{Units} units that compute nothing, on two silos, after a round that is not counted; per unit of the last one {perUnit}",
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
    private static (long Queue, long State) Count(string directory)
    {
        IStateDatabase database = StateDatabase.Existing(
            Directory.GetFiles(Path.Combine(directory, "home"), "*.db", SearchOption.AllDirectories).Single());
        using var connection = database.Connect();
        long Read(string sql)
        {
            using var command = connection.Command(sql);
            return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        }
        return (Read("SELECT sum(Version) FROM PgmScheduler"), Read("SELECT sum(Version) FROM PgmGrainState"));
    }
}
