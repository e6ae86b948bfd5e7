using System.Net;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Chaos.Runs;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Faults;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Gangs;

/// <summary>
/// A control silo and three silos with four CPU devices of one core, over PostgreSQL, and the weights of runs that one worker did in
/// peace. Tests may kill silos, or restart them with faults; each begins with all of them as they should be.
/// </summary>
public sealed class GangFixture(PostgresFixture postgres) : IAsyncLifetime
{
    /// <summary>Shorter than by default, so that tests need not wait; still longer than a busy machine lets anybody wait.</summary>
    public static readonly TimeSpan PeerTimeout = TimeSpan.FromSeconds(4);

    private readonly Gates _gates = Gates.Create();
    private readonly Dictionary<string, Leash> _leashes = [];

    private SiloPlan[] Plans => field ??=
    [
        .. new[] { SiloPlan.Control(), SiloPlan.Device("a"), SiloPlan.Device("b"), new SiloPlan("c") { Devices = "cpu:0,cpu:1" } }
            .Select(plan => plan with
        {
            Environment = new Dictionary<string, string?>(_gates.Variables) { ["PGM_PEERTIMEOUT"] = PeerTimeout.ToString() },
        }),
    ];

    private LocalCluster? _cluster;
    private string _database = "";
    private SiloConnection? _connection;
    private SiloConnection? _inside;
    private DnsEndPoint? _connectedTo;
    private readonly Dictionary<string, TrainingRequest> _requests = [];                         // by run
    private readonly Dictionary<string, Task<TrainingResult>> _undisturbed = [];                 // by preset
    private int _runs;

    internal LocalCluster Cluster => _cluster ?? throw new SkippedException($"PostgreSQL cannot run here: {PostgresServer.Missing}");

    internal IGrainFactory Grains => _connection!.Client;

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is not null) return;
        _database = (await postgres.CreateDatabaseAsync()).ConnectionString;
        _cluster = new LocalCluster(_database);
        await BeginAsync();
        await Grains.GetGrain<IDatasetGrain>("fashion").Register(new DatasetRequest
        {
            Location = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
            ValidationImages = 1000,
        });
    }

    public async Task DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        if (_inside is not null) await _inside.DisposeAsync();
        if (_cluster is not null) await _cluster.DisposeAsync();
        _gates.Dispose();
    }

    /// <summary>All silos run without faults, the named ones left out, and the scheduler knows exactly their devices.</summary>
    internal async Task BeginAsync(params string[] without)
    {
        foreach (var silo in Cluster.Silos.Where(s => s.IsRunning && (without.Contains(s.Name) || !Plans.Contains(s.Plan))).ToList())
            await silo.KillAsync();
        await StartMissingAsync(without);
        // A call to a grain of a silo that is dead and not yet known to be fails, and says so; callers repeat it, tests need not.
        await Until.Holds(
            "the cluster knows who runs", async () =>
            {
                if (Cluster.Silos.FirstOrDefault(s => !s.IsRunning && !without.Contains(s.Name)) is { } ended)
                    throw new HarnessException($"Beginning with all silos: '{ended.Name}' has ended by itself.\n{ended}\n{ended.ReadLog()}");
                return (await _inside!.Client.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Count;
            },
            active => active == Plans.Length - without.Length);
        var devices = Plans.Where(p => !without.Contains(p.Name)).Sum(p => p.Devices == "none" ? 0 : p.Devices.Split(',').Length);
        await Until.Holds(
            $"the scheduler knows {devices} devices", async () => await Grains.GetGrain<IDevicesGrain>("default").GetDevices(),
            all => all.Count == devices && all.All(d => d.Work is null));
    }

    /// <summary>The silo where a grain lives, as another one has it.</summary>
    internal async Task<string> SiloOfAsync(string asked, ITrainingRunGrain run)
    {
        await using var inside = await Cluster[asked].ConnectInsideAsync(_database);
        var management = inside.Client.GetGrain<IManagementGrain>(0);
        var address = await management.GetActivationAddress(run);
        return (await management.GetDetailedHosts(onlyActive: true)).Single(h => h.SiloAddress.Equals(address)).SiloName;
    }

    /// <summary>Starts what does not run.</summary>
    internal async Task StartMissingAsync(params string[] without)
    {
        var missing = Plans.Where(p => !without.Contains(p.Name) && !Cluster.Silos.Any(s => s.Name == p.Name && s.IsRunning)).ToArray();
        await Cluster.StartAsync(missing);
        // Those of a start that failed half-way may be on their way still.
        foreach (var silo in Cluster.Silos.Where(s => s.IsRunning && !without.Contains(s.Name))) await silo.ReadyAsync();
        // Not by what was missing just now: a start that failed half-way left a control silo that nobody had connected to.
        if (Cluster["control"].Gateway is var gateway && gateway.Equals(_connectedTo)) return;
        if (_connection is not null) await _connection.DisposeAsync();
        if (_inside is not null) await _inside.DisposeAsync();
        (_connection, _inside) = (await Cluster.ConnectAsync("control"), await Cluster["control"].ConnectInsideAsync(_database));
        _connectedTo = gateway;
    }

    /// <summary>Starts a silo anew with faults in it.</summary>
    /// <returns>Where each fault leaves a file when it happens.</returns>
    internal async Task<string> RestartWithAsync(string silo, string faults)
    {
        var fired = Directory.CreateDirectory(Path.Combine(Cluster.Directory, $"fired-{++_runs}")).FullName;
        await RestartAsync(silo, PlannedFaults.Variables(faults, fired));
        return fired;
    }

    /// <summary>Starts a silo anew with other settings.</summary>
    internal async Task RestartAsync(string silo, IReadOnlyDictionary<string, string?> variables)
    {
        await Cluster[silo].KillAsync();
        var plan = Plans.Single(p => p.Name == silo);
        var environment = new Dictionary<string, string?>(variables.UnionBy(plan.Environment, v => v.Key));
        await Cluster.StartAsync(plan with { Environment = environment });
        var devices = Cluster.Silos.Where(s => s.IsRunning).Sum(s => s.Plan.Devices == "none" ? 0 : s.Plan.Devices.Split(',').Length);
        await Until.Holds(
            $"the scheduler knows {devices} devices", async () => await Grains.GetGrain<IDevicesGrain>("default").GetDevices(),
            all => all.Count == devices);
    }

    /// <summary>Starts a run and looks on.</summary>
    /// <param name="min">Fewest workers.</param>
    /// <param name="max">Most workers.</param>
    /// <param name="leash">So many steps it may do before <see cref="LetDo"/>; null for all.</param>
    /// <param name="request">What is trained; null for a tokenizer.</param>
    internal async Task<(ITrainingRunGrain Run, StepObserver Steps)> StartRunAsync(
        int min, int max, int? leash = null, TrainingRequest? request = null)
    {
        request ??= OfTokenizer;
        // First of all: the machine is not to be shared with what it is compared with.
        await UndisturbedAsync(request);
        var id = $"run-{++_runs}";
        _requests[id] = request;
        if (leash is { } allowed) _leashes[id] = _gates.Leash(id, allowed);
        var run = Grains.GetGrain<ITrainingRunGrain>(id);
        await run.Start(request with { MinWorkers = min, MaxWorkers = max });
        return (run, new StepObserver(run));
    }

    /// <summary>Closes a gate at a fault point of what the devices do.</summary>
    internal Gate Close(string point, string work, long step = 0) => _gates.Close(point, work, step);

    /// <summary>A run on a leash may do so many steps in all.</summary>
    internal void LetDo(ITrainingRunGrain run, long steps) => _leashes[run.GetPrimaryKeyString()].LetDo(steps);

    /// <summary>
    /// Lets the run go, and follows it to its end: the weights are those of one worker in peace, and no step was done twice.
    /// </summary>
    /// <returns>The run's last details.</returns>
    internal async Task<TrainingDetails> AssertUndisturbedAsync(ITrainingRunGrain run, StepObserver steps, bool allDied = false)
    {
        if (_leashes.Remove(run.GetPrimaryKeyString(), out var leash)) leash.LetGo();
        await run.ToCompletionAsync();
        await steps.AtRest;
        var details = await run.GetDetails();
        var undisturbed = await UndisturbedAsync(_requests[run.GetPrimaryKeyString()]);
        Assert.Equal(
            (undisturbed.WeightsSha256, undisturbed.OptimizerSha256, undisturbed.FinalLoss),
            (details.Result!.WeightsSha256, details.Result.OptimizerSha256, details.Result.FinalLoss));
        var formations = string.Join('\n', details.Formations.Select(f => $"{f} after {steps.DoneAt(f.At)} steps were seen"));
        if (!allDied)
            Assert.True(
                steps.StepsLost(details.Formations) == 0, $"{steps.StepsLost(details.Formations)} steps were done twice:\n{formations}");
        return details;
    }

    /// <summary>A short training of a tiny block-causal model, in orders of all kinds, on codes that are made the first time.</summary>
    internal async Task<TrainingRequest> OfBlockCausalAsync()
    {
        const string tokenizer = "tokenizer-of-once", tokens = "tokens-of-once";
        await TrainAsync(
            tokenizer,
            new()
            {
                Preset = "tokenizer-smoke",
                Dataset = "fashion",
                Set = new Dictionary<string, string> { ["training.steps"] = "5" },
            });
        var job = Grains.GetGrain<ITokenizationJobGrain>(tokens);
        await job.Start(new() { Dataset = "fashion", Tokenizer = tokenizer, Split = "validation", ShardSize = 1000 });
        await job.ToCompletionAsync();
        return new()
        {
            Preset = "pgm-once-smoke",
            Tokens = tokens,
            Seed = 7,
            Set = new Dictionary<string, string>
            {
                ["training.steps"] = "40",
                ["training.checkpointSeconds"] = "0.2",
                ["orders.rolled"] = "1",
                ["orders.random"] = "1",
            },
        };
    }

    private Task<TrainingResult> UndisturbedAsync(TrainingRequest request)
    {
        if (!_undisturbed.TryGetValue(request.Preset, out var made))
            _undisturbed[request.Preset] = made = TrainAsync($"undisturbed-{request.Preset}", request);
        return made;
    }

    private static TrainingRequest OfTokenizer => new()
    {
        Preset = "tokenizer-fashion",
        Dataset = "fashion",
        Seed = 7,
        Set = new Dictionary<string, string>
        {
            ["training.steps"] = "60",
            ["training.microBatches"] = "8",
            ["training.batchSize"] = "16",
            ["training.warmUp"] = "5",
            ["training.checkpointSeconds"] = "0.2",
        },
    };

    private async Task<TrainingResult> TrainAsync(string id, TrainingRequest request)
    {
        var run = Grains.GetGrain<ITrainingRunGrain>(id);
        await run.Start(request);
        await run.ToCompletionAsync();
        return (await run.GetDetails()).Result!;
    }
}
