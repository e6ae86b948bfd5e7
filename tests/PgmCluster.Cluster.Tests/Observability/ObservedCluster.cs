using System.Globalization;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Faults;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Observability;

/// <summary>
/// A control silo and two silos with a device each, in processes of their own, whose metrics are read all the time while what they tell of
/// happens, once: tokens, gangs, losses, a parked run, a database that is away, a full disk. A Prometheus looks on where there is one.
/// </summary>
public sealed class ObservedCluster : IAsyncLifetime
{
    private readonly string _fired = Directory.CreateTempSubdirectory("pgm-fired-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(1) };
    private readonly Dictionary<string, int> _ports = [];
    private PostgresServer? _database;
    private SmallDisk? _disk;
    private LocalCluster? _cluster;
    private SiloConnection? _connection;
    private Prometheus? _prometheus;

    /// <summary>Every name that was seen with a value, and its type.</summary>
    internal Dictionary<string, string> Seen { get; } = [];

    /// <summary>The alerts that fired when they should have.</summary>
    internal HashSet<string> Fired { get; } = [];

    /// <summary>Silos that Prometheus scraped at the same time.</summary>
    internal int Scraped { get; private set; }

    /// <summary>Panels of the dashboard whose query had no answer although all of that has happened.</summary>
    internal List<string> EmptyPanels { get; } = [];

    /// <summary>All that the silos logged.</summary>
    internal IEnumerable<string> LogLines => _cluster!.Silos.SelectMany(
        s => s.ReadLog().Split('\n', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Whether there is a Prometheus.</summary>
    internal bool HasPrometheus => _prometheus is not null;

    /// <exception cref="SkippedException">Something is missing here.</exception>
    internal void Require()
    {
        if (PostgresServer.Missing is { } missing) throw new SkippedException($"PostgreSQL cannot run here: {missing}");
        if (_disk is null) throw new SkippedException("needs root on Linux: it mounts a small tmpfs");
    }

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is not null || !Environment.IsPrivilegedProcess) return;
        _database = await PostgresServer.CreateAsync();
        _disk = new SmallDisk(megabytes: 256);
        _cluster = new LocalCluster(await _database.CreateDatabaseAsync("observed"));
        // What jobs live on is there first: silos with devices are killed here.
        await _cluster.StartAsync(Plan(SiloPlan.Control()));
        await _cluster.StartAsync(
            Plan(SiloPlan.Device("a")), Plan(SiloPlan.Device("b"), PlannedFaults.Variables("flip:point=begin,rank=1,step=0", _fired)));
        _connection = await _cluster.ConnectAsync("control");
        _prometheus = await Prometheus.StartAsync(_ports.Values);
        await Sees("two free devices", text => text.Sum("pgm_devices", "state=\"free\"") == 2);
        await Grains.GetGrain<IDatasetGrain>("fashion").Register(new DatasetRequest
        {
            Location = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
            ValidationImages = 1000,
        });
        if (_prometheus is { } server)
            Scraped = (await Until.Holds("all are scraped", () => server.Query("up == 1"), up => up.Count == _ports.Count)).Count;
        await ParkARun();
        await MakeTokens();
        await BreakAGang();
        await LoseSteps();
        await StopTheDatabase();
        await FillTheStore();
        if (_prometheus is null) return;
        foreach (var (panel, expression) in Dashboard.Queries)
        {
            if (await _prometheus.CountSeries(expression) == 0) EmptyPanels.Add($"{panel}: {expression}");
        }
    }

    public async Task DisposeAsync()
    {
        if (_prometheus is not null) await _prometheus.DisposeAsync();
        if (_connection is not null) await _connection.DisposeAsync();
        if (_cluster is not null) await _cluster.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
        _disk?.Dispose();
        _http.Dispose();
        TemporaryFiles.Delete(_fired);
    }

    private IGrainFactory Grains => _connection!.Client;

    private static TrainingRequest Endless(int max = 1, string? tokens = null) => new()
    {
        Preset = tokens is null ? "classifier-smoke" : "pgm-smoke",
        Dataset = tokens is null ? "fashion" : null,
        Tokens = tokens,
        Seed = 7,
        MaxWorkers = max,
        Set = new Dictionary<string, string> { ["training.steps"] = "1000000", ["training.checkpointSeconds"] = "1000" },
    };

    /// <summary>Two members whose weights differ: a bit of one flips.</summary>
    private async Task ParkARun()
    {
        var run = Grains.GetGrain<ITrainingRunGrain>("parked");
        await run.Start(Endless(max: 2) with { MinWorkers = 2 });
        await run.UntilAsync("the run is parked", e => e.Phase == JobPhase.Parked);
        await Sees("a parked run", text => text.Sum("pgm_runs_parked") == 1);
        await Fires("PgmRunParked");
        await run.Cancel();
    }

    private async Task MakeTokens()
    {
        var tokenizer = Grains.GetGrain<ITrainingRunGrain>("tok");
        await tokenizer.Start(new TrainingRequest { Preset = "tokenizer-smoke", Dataset = "fashion", Seed = 7 });
        await Look(tokenizer.ToCompletionAsync());
        var tokens = Grains.GetGrain<ITokenizationJobGrain>("tokens");
        await tokens.Start(new TokenizationRequest { Dataset = "fashion", Tokenizer = "tok", ShardSize = 1000 });
        await Look(tokens.ToCompletionAsync());
    }

    private async Task BreakAGang()
    {
        var run = Grains.GetGrain<ITrainingRunGrain>("gang");
        await run.Start(Endless(max: 2, tokens: "tokens"));
        await Sees("steps of a gang", text => text.Sum("pgm_training_time_seconds_total", "phase=\"exchange\"") > 0);
        // Two of its looks make a rate, and no other run here is of tokens.
        if (_prometheus is { } server)
            await Until.Holds("tokens have a rate", () => server.CountSeries("rate(pgm_training_tokens_total[30s])"), count => count > 0);
        await _cluster!["b"].KillAsync();
        await Sees(
            "a gang that went on", text => text.Sum("pgm_training_recovery_duration_seconds_count", "scope=\"gang\"") > 0);
        await run.Cancel();
    }

    private async Task LoseSteps()
    {
        var run = Grains.GetGrain<ITrainingRunGrain>("lost");
        await run.Start(Endless());
        await run.UntilAsync("it has done steps", e => e.Progress.Done >= 5);
        var waiting = Grains.GetGrain<ITrainingRunGrain>("waiting");
        await waiting.Start(Endless() with { Scheduling = new Scheduling { User = "ann" } });
        await Sees("work of ann's that waits", text => text.Sum("pgm_queue_work", "user=\"ann\"") == 1);
        await Fires("PgmNoFreeDevice");
        await _cluster!["a"].KillAsync();
        await Sees("lost steps", text => text.Sum("pgm_training_lost_steps_total") >= 5);
        await Fires("PgmLostSteps");
        await _cluster.StartAsync(Plan(SiloPlan.Device("a")), Plan(SiloPlan.Device("b")));
        await Sees(
            "a run that went on", text => text.Sum("pgm_training_recovery_duration_seconds_count", "scope=\"run\"") > 0);
        await run.Cancel();
        await waiting.Cancel();
    }

    private async Task StopTheDatabase()
    {
        await _database!.StopAsync();
        await Sees("a database that is away", text => text.Count("pgm_database_up") == _ports.Count && text.Sum("pgm_database_up") == 0);
        await Fires("PgmDatabaseAway");
        await _database.StartAsync();
        await Sees("a database that is back", text => text.Sum("pgm_database_up") == _ports.Count);
    }

    private async Task FillTheStore()
    {
        _disk!.Fill();
        await Sees("a full store", text => text.Sum("pgm_store_free_bytes", "place=\"artifacts\"") == 0);
        await Fires("PgmStoreNearlyFull");
        _disk.FreeUp();
    }

    private SiloPlan Plan(SiloPlan plan, IReadOnlyDictionary<string, string?>? more = null)
    {
        if (!_ports.TryGetValue(plan.Name, out var port)) _ports[plan.Name] = port = FreePort.Take();
        return plan with
        {
            Environment = new Dictionary<string, string?>(more ?? new Dictionary<string, string?>())
            {
                ["PGM_LOGJSON"] = "true",
                ["PGM_METRICSPORT"] = port.ToString(CultureInfo.InvariantCulture),
                ["PGM_ARTIFACTS"] = Path.Combine(_disk!.Path, "artifacts"),
            },
        };
    }

    /// <summary>Waits until the silos' metrics say so, and notes all names on the way.</summary>
    private Task Sees(string what, Func<MetricsText, bool> holds) => Until.Holds($"metrics tell of {what}", Scrape, holds);

    private async Task<MetricsText> Scrape()
    {
        var texts = new List<string>();
        foreach (var (_, port) in _ports.Where(p => _cluster![p.Key].IsRunning))
            texts.Add(await _http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics")));
        foreach (var (metric, type) in texts.SelectMany(t => new MetricsText(t).Types)) Seen[metric] = type;
        return new MetricsText(texts);
    }

    /// <summary>Reads metrics while something goes on.</summary>
    private async Task Look(Task goesOn)
    {
        await Until.Holds("it has come to its end", async () =>
        {
            await Scrape();
            return goesOn.IsCompleted;
        }, ended => ended);
        await goesOn;
    }

    private async Task Fires(string alert)
    {
        if (_prometheus is null) return;
        await Until.Holds($"{alert} fires", _prometheus.Firing, firing => firing.Contains(alert));
        Fired.Add(alert);
    }
}
