using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Options;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.TestSupport.Processes;
using SiloOptions = PgmCluster.Silo.Options.SiloOptions;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// What jobs at rest cost: the start of a silo, a page of the catalog and the submission of a job where there are many, against none or
/// against the bare statements. On SQLite, and on PostgreSQL where its server is installed.
/// </summary>
public sealed class CatalogBenchmark : IBenchmark
{
    /// <summary>Of all that only submissions, on PostgreSQL where its server is installed.</summary>
    public static CatalogBenchmark Submissions { get; } = new() { _submissionsOnly = true };

    private const int Chunk = 10_000, Pages = 200, Starts = 200, Together = 16;

    /// <summary>Of the warm-up: most rounds, rounds in a row that compile little, and how many methods that is.</summary>
    private const int MostWarmUp = 100, QuietRounds = 5, FewMethods = 20;

    private static readonly int s_jobs =
        int.TryParse(Environment.GetEnvironmentVariable("PGM_CATALOG_JOBS"), NumberStyles.None, CultureInfo.InvariantCulture, out var jobs)
            ? jobs : 1_000_000;

    private static readonly TimeSpan s_noneIsWoken = TimeSpan.FromHours(1);

    private bool _submissionsOnly;

    public string Name => _submissionsOnly ? "submissions" : "catalog";

    public string Description => $"{(_submissionsOnly ? "" : "start, pages and ")}submissions beside {s_jobs} jobs at rest (PGM_CATALOG_JOBS), "
        + $"against {(_submissionsOnly ? "bare statements" : "none")}";

    public IEnumerable<Comparison> Run(BenchmarkOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private async Task<IReadOnlyList<Comparison>> RunAsync(BenchmarkOptions options)
    {
        var isInstalled = PostgresServer.Missing is null;
        List<Comparison> comparisons = _submissionsOnly && isInstalled ? [] : await On("SQLite", options, _ => Task.FromResult(""));
        if (!isInstalled) return comparisons;
        await using var server = await PostgresServer.CreateAsync();
        return [.. comparisons, .. await On("PostgreSQL", options, server.CreateDatabaseAsync)];
    }

    private async Task<List<Comparison>> On(string system, BenchmarkOptions options, Func<string, Task<string>> createDatabase)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-catalog-").FullName;
        try
        {
            var many = Options(directory, "many", await createDatabase("many"));
            await using (var silo = await Start(many)) await Fill(silo.Services.GetRequiredService<ICatalogStore>());
            List<Comparison> comparisons = _submissionsOnly
                ? [] : [await CompareStarts(system, Options(directory, "none", await createDatabase("none")), many, options.Rounds)];
            await using var running = await Start(many);
            var database = Database(many);
            try
            {
                if (!_submissionsOnly) comparisons.Add(await ComparePages(system, running, database, options.Rounds));
                comparisons.Add(await CompareSubmissions(system, running, database, options.Rounds));
                return comparisons;
            }
            finally
            {
                database.Release();
            }
        }
        finally
        {
            TemporaryFiles.Delete(directory);
        }
    }

    private static SiloOptions Options(string directory, string name, string database) => new()
    {
        Home = Path.Combine(directory, name),
        SiloName = name,
        Database = database,
        Devices = "cpu:0",
        CoresPerDevice = 1,
    };

    /// <summary>With a pool of connections, as the silo has one.</summary>
    private static IStateDatabase Database(SiloOptions options) => options.Database.Length > 0
        ? PostgresDatabase.Existing(options.Database)
        : StateDatabase.Open(Directory.GetFiles(options.Home, "*.db", SearchOption.AllDirectories).Single());

    private static Task<PgmSiloHost> Start(SiloOptions options) => PgmSiloHost.StartAsync(options, silo =>
    {
        silo.AddPgmParts(options);
        silo.Services.AddSingleton<IWorkItemFactory, HeldWork>();
        // What waits is looked after by and by, which is no part of submitting it: the thousands of the warm-up come later.
        ((GrainsOptions)silo.Services.Last(s => s.ServiceType == typeof(GrainsOptions)).ImplementationInstance!).WakeAfter = s_noneIsWoken;
    });

    private static async Task<double> TimeStart(SiloOptions options)
    {
        var begun = Stopwatch.GetTimestamp();
        await using var silo = await Start(options);
        await silo.Grains.GetGrain<ICatalogGrain>("jobs").Page(new CatalogQuery { AtRest = false });
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task Fill(ICatalogStore store)
    {
        foreach (var chunk in Enumerable.Range(0, s_jobs).Chunk(Chunk)) await store.PutAll("jobs", [.. chunk.Select(Entry)], default);
    }

    private static CatalogEntry Entry(int job) => new()
    {
        Name = $"job-{job:0000000}",
        JobKind = JobKind.Training,
        Summary = "pgm-fashion on tokens",
        MadeFrom = ["tokens"],
        CreatedAt = CreatedAt(job),
        ChangedAt = CreatedAt(job).AddMinutes(5),
        AtRest = true,
        Phase = JobPhase.Completed,
    };

    private static DateTimeOffset CreatedAt(int job) => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(10 * job);

    private static async Task<Comparison> ComparePages(string system, PgmSiloHost silo, IStateDatabase database, int rounds)
    {
        var catalog = silo.Grains.GetGrain<ICatalogGrain>("jobs");
        return await InTurn(
            $"{system}: {Pages} pages of 100 among {s_jobs} jobs; wanted: twice the time at most", rounds,
            ("bare queries", round => Timed(async () =>
            {
                foreach (var place in Places(round))
                    await BareStart.Page(database, CreatedAt(place).UtcTicks, $"job-{place:0000000}", 100);
            })),
            ("pages of the catalog", round => Timed(async () =>
            {
                foreach (var place in Places(round))
                    await catalog.Page(new CatalogQuery { Limit = 100, After = $"{CreatedAt(place).UtcTicks}/job-{place:0000000}" });
            })));

        static IEnumerable<int> Places(int round)
        {
            var random = new Random(round);
            return Enumerable.Range(0, Pages).Select(_ => random.Next(100, Math.Max(101, s_jobs)));
        }
    }

    private static async Task<Comparison> CompareStarts(string system, SiloOptions none, SiloOptions many, int rounds)
    {
        await (await Start(none)).DisposeAsync();
        return await InTurn(
            $"{system}: the start of a silo, with the first answer of its catalog", rounds,
            ("no job", _ => TimeStart(none)), ($"{s_jobs} jobs at rest", _ => TimeStart(many)));
    }

    private static async Task<Comparison> CompareSubmissions(string system, PgmSiloHost silo, IStateDatabase database, int rounds)
    {
        await silo.Grains.GetGrain<IDatasetGrain>("fashion").Register(
            new DatasetRequest { Location = SampleData.Locate(null).Location, ValidationImages = 1000 });
        // It has the only device, so that the others wait.
        await StartRun(silo, "first");
        var state = await BareStart.StateOf(database, "first");
        using var counts = new ClusterCounts { Writers = [silo.Services.GetRequiredService<WriterQueue>()] };
        var each = "";
        (string Name, Func<int, Task<double>> Seconds)[] variants =
        [
            ("bare statements", round => Bare(round, asBefore: false)),
            ("those with the look and the second write of before", round => Bare(round, asBefore: true)),
            ("submissions", async round =>
            {
                var before = counts.Now();
                var seconds = await Timed(() => AtOnce(Together, i => StartRun(silo, $"run-{round}-{i}", seed: i)));
                each = counts.Now().Since(before, Starts);
                return seconds;
            }
            ),
        ];
        var warm = await WarmUp(variants);
        var compared = await InTurn("", rounds, variants);
        return compared with
        {
            Title = $"{system}: {Starts} trainings submitted, {Together} at a time, beside {s_jobs} jobs at rest, after {warm}; wanted: twice "
                + $"the time at most; each of the last round {each}",
        };

        // Where one connection writes at a time, others only wait for it.
        Task<double> Bare(int round, bool asBefore) => Timed(() => AtOnce(
            database.HasOneWriter ? 1 : Together,
            i => BareStart.Job(database, $"bare-{asBefore}-{round}-{i}", JsonSerializer.Serialize(Entry(i)), state, asBefore)));
    }

    /// <summary>
    /// Rounds that are not counted, until the runtime compiles hardly anything any more: a control plane takes jobs for months, and for its
    /// first seconds it runs code that was compiled in haste, and compiles it anew beside that.
    /// </summary>
    /// <returns>What was done, for the title.</returns>
    private static async Task<string> WarmUp(IReadOnlyList<(string Name, Func<int, Task<double>> Seconds)> variants)
    {
        var (done, quiet, compiled) = (0, 0, 0L);
        // Code goes through two stages, each some time after it was called often enough: one quiet round alone may be a pause.
        for (; done < MostWarmUp && quiet < QuietRounds; done++)
        {
            var before = JitInfo.GetCompiledMethodCount();
            foreach (var (_, seconds) in variants) await seconds(-2 - done);
            compiled = JitInfo.GetCompiledMethodCount() - before;
            quiet = compiled <= FewMethods ? quiet + 1 : 0;
        }
        return $"{done} rounds of warm-up ({compiled} methods were compiled in the last)";
    }

    /// <summary>One after the other in each round; a first round is not counted: in it the code is compiled.</summary>
    private static async Task<Comparison> InTurn(
        string title, int rounds, params (string Name, Func<int, Task<double>> Seconds)[] variants)
    {
        var seconds = variants.Select(_ => new double[rounds]).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < variants.Length; i++)
            {
                var took = await variants[i].Seconds(round);
                if (round >= 0) seconds[i][round] = took;
            }
        }
        return Comparison.Of(title, [.. variants.Select((variant, i) => (variant.Name, seconds[i], 0.0))]);
    }

    private static async Task<double> Timed(Func<Task> operation)
    {
        var begun = Stopwatch.GetTimestamp();
        await operation();
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static Task AtOnce(int count, Func<int, Task> each) => Parallel.ForAsync(
        0, Starts, new ParallelOptions { MaxDegreeOfParallelism = count }, async (i, _) => await each(i));

    private static Task StartRun(PgmSiloHost silo, string id, long seed = 0) => silo.Grains.GetGrain<ITrainingRunGrain>(id).Start(
        new TrainingRequest { Preset = "tokenizer-smoke", Dataset = "fashion", Seed = seed });

    /// <summary>Has its device until the silo stops.</summary>
    private sealed class HeldWork : IWorkItemFactory
    {
        public IWorkItem Create(string kind, string document) => new Item();

        private sealed class Item : IWorkItem
        {
            public string Run(WorkContext context)
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(context.Stopped, context.ShuttingDown);
                either.Token.WaitHandle.WaitOne();
                throw new OperationCanceledException(either.Token);
            }
        }
    }
}
