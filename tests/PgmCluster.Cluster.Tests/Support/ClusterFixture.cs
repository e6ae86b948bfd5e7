using PgmCluster.Chaos.Clusters;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Faults;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Support;

/// <summary>
/// A control silo and two silos with a CPU device each, in processes of their own over PostgreSQL, and what undisturbed jobs make there. A
/// test may kill silos: the next one begins with all of them.
/// </summary>
public sealed class ClusterFixture(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly Gates _gates = Gates.Create();

    private SiloPlan[] Plans =>
        field ??= [.. new[] { SiloPlan.Control(), SiloPlan.Device("a"),
            SiloPlan.Device("b") }.Select(p => p with { Environment = _gates.Variables })];

    private LocalCluster? _cluster;
    private SiloConnection? _connection;
    private Task<TrainingResult>? _training;
    private Task<TokenizationResult>? _tokens;

    internal LocalCluster Cluster => _cluster ?? throw new SkippedException($"PostgreSQL cannot run here: {PostgresServer.Missing}");

    /// <summary>Name of the cluster's database.</summary>
    internal string Database { get; private set; } = "";

    /// <summary>A client by way of the control silo.</summary>
    internal IGrainFactory Grains => _connection!.Client;

    internal static TrainingRequest Training => new()
    {
        Preset = "classifier-smoke",
        Dataset = "fashion",
        Seed = 7,
        Set = new Dictionary<string, string> { ["training.steps"] = "600", ["training.checkpointSeconds"] = "0.001" },
    };

    internal static TokenizationRequest Tokens => new() { Dataset = "fashion", Tokenizer = "tok", ShardSize = 1000 };

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is not null) return;
        (Database, var connectionString) = await postgres.CreateDatabaseAsync();
        _cluster = new LocalCluster(connectionString);
        await EnsureAllRunAsync();
        await Grains.GetGrain<IDatasetGrain>("fashion").Register(new DatasetRequest
        {
            Location = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
            ValidationImages = 1000,
        });
    }

    public async Task DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        if (_cluster is not null) await _cluster.DisposeAsync();
        _gates.Dispose();
    }

    /// <summary>Closes a gate at a fault point of what the devices do.</summary>
    internal Gate Close(string point, string work, long step = 0) => _gates.Close(point, work, step);

    /// <summary>Starts the silos that do not run, and waits until the scheduler knows exactly the devices of those that do.</summary>
    internal async Task EnsureAllRunAsync()
    {
        var missing = Plans.Where(plan => !Cluster.Silos.Any(silo => silo.Name == plan.Name && silo.IsRunning)).ToArray();
        await Cluster.StartAsync(missing);
        if (_connection is null || missing.Any(plan => plan.Name == "control"))
        {
            if (_connection is not null) await _connection.DisposeAsync();
            _connection = await Cluster.ConnectAsync("control");
        }
        await Until.Holds(
            "the scheduler knows both devices", async () => await Grains.GetGrain<IDevicesGrain>("default").GetDevices(),
            devices => devices.Count == 2);
    }

    /// <summary>What <see cref="Training"/> makes undisturbed.</summary>
    internal Task<TrainingResult> UndisturbedTrainingAsync() => _training ??= TrainAsync("undisturbed", Training);

    /// <summary>What <see cref="Tokens"/> makes undisturbed.</summary>
    internal Task<TokenizationResult> UndisturbedTokensAsync() => _tokens ??= TokenizeAsync();

    private async Task<TokenizationResult> TokenizeAsync()
    {
        await TrainAsync("tok", new TrainingRequest { Preset = "tokenizer-smoke", Dataset = "fashion", Seed = 7 });
        var job = Grains.GetGrain<ITokenizationJobGrain>("undisturbed-tokens");
        await job.Start(Tokens);
        await job.ToCompletionAsync();
        return await job.GetResult();
    }

    private async Task<TrainingResult> TrainAsync(string id, TrainingRequest request)
    {
        var run = Grains.GetGrain<ITrainingRunGrain>(id);
        await run.Start(request);
        await run.ToCompletionAsync();
        return (await run.GetDetails()).Result!;
    }
}
