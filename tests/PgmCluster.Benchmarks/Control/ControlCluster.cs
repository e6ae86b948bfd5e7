using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using PgmCluster.Benchmarks.Benchmarks;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Scheduling.Roster;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.TestSupport.Processes;
using SiloOptions = PgmCluster.Silo.Options.SiloOptions;

namespace PgmCluster.Benchmarks.Control;

/// <summary>
/// Three control silos in this process on PostgreSQL (SQLite where none is installed), with a queue before devices that are simulated. All
/// devices have something, some as members of gangs that grow whenever they may, and the rest of the queue waits.
/// </summary>
internal sealed class ControlCluster : IAsyncDisposable
{
    private const int ControlSilos = 3, Silos = 125, DevicesOfEach = 8, Batch = 500, LeastOfAGang = 2, MostOfAGang = 8, AboveOthers = 100;
    private static readonly TimeSpan BetweenLosses = TimeSpan.FromMilliseconds(200), Heartbeats = TimeSpan.FromSeconds(2);
    private readonly string _directory;
    private readonly PostgresServer? _postgres;
    private readonly IReadOnlyList<PgmSiloHost> _silos;
    private readonly IStateDatabase _database;
    private readonly SimulatedDevices _devices;
    private readonly WorkAssignment _like;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<string> _single = new();
    private Task _losing = Task.CompletedTask, _beating = Task.CompletedTask;
    private int _submitted;

    private ControlCluster(
        string directory, PostgresServer? postgres, IReadOnlyList<PgmSiloHost> silos, IStateDatabase database, SimulatedDevices devices)
    {
        (_directory, _postgres, _silos, _database, _devices) = (directory, postgres, silos, database, devices);
        Counts.Writers = [.. silos.Select(s => s.Services.GetRequiredService<WriterQueue>())];
        _like = new WorkAssignment
        {
            WorkId = "",
            Generation = 1,
            Kind = "simulated",
            Document = new string('d', 500),
            Owner = silos[0].Grains.GetGrain<IDatasetGrain>("nobody").AsReference<IWorkOwner>(),
        };
    }

    public string Database => _postgres is null ? "SQLite" : "PostgreSQL";

    public int Devices => _devices.Workers.Count;

    /// <summary>What the silos have done.</summary>
    public ClusterCounts Counts { get; } = new();

    /// <summary>How often a gang was given a device.</summary>
    public int Grown => _devices.Grown;

    private IDeviceSchedulerGrain Scheduler => _silos[0].Grains.GetGrain<IDeviceSchedulerGrain>("default");

    /// <param name="queued">Work that waits when all devices have some.</param>
    /// <param name="gangs">That many devices share, and of which one loses a member now and then.</param>
    public static async Task<ControlCluster> StartAsync(int queued, int gangs)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-control-").FullName;
        var postgres = PostgresServer.Missing is null ? await PostgresServer.CreateAsync() : null;
        var devices = new SimulatedDevices(Silos, DevicesOfEach);
        var database = postgres is null ? "" : await postgres.CreateDatabaseAsync("control");
        var silos = new List<PgmSiloHost>();
        for (var i = 0; i < ControlSilos; i++)
        {
            var options = new SiloOptions
            {
                Home = directory,
                SiloName = string.Create(CultureInfo.InvariantCulture, $"control-{i}"),
                Exclusive = false,
                Devices = "none",
                Database = database,
                LogLevel = Microsoft.Extensions.Logging.LogLevel.Error,
            };
            silos.Add(await PgmSiloHost.StartAsync(options, builder =>
            {
                builder.AddPgmParts(options);
                builder.Services.AddSingleton<IPresentSilos>(devices);
                builder.AddOutgoingGrainCallFilter(devices);
            }));
        }
        var own = await StateDatabases.OpenAsync(
            new SiloOptions { Home = directory, Database = database }, _ => { }, TimeProvider.System, CancellationToken.None);
        var cluster = new ControlCluster(directory, postgres, silos, own, devices);
        // First, so that they have grown when the others are given what is left.
        await cluster.SubmitGangs(gangs);
        await cluster.Submit(queued + cluster.Devices - (gangs * MostOfAGang));
        cluster._beating = cluster.Beat();
        while (devices.Work.Count < cluster.Devices) await Task.Delay(100);
        foreach (var (worker, _) in devices.Work.Where(w => w.Value.MaxWorkers == 1)) cluster._single.Enqueue(worker);
        cluster._losing = cluster.LoseMembers(gangs);
        return cluster;
    }

    /// <summary>One heartbeat of a silo, sent from one of the control silos, until it is answered.</summary>
    public Task Renew(int silo) =>
        _silos[silo % ControlSilos].Grains.GetGrain<ILeaseGrain>("default").Renew(_devices.Heartbeat(silo % Silos));

    /// <summary>A device ends what it did alone, and is given the next, which may be a place in a gang.</summary>
    public async Task EndAndPlace()
    {
        if (!_single.TryDequeue(out var worker)) throw new InvalidOperationException("Ending work: gangs have all devices.");
        await EndAndPlace(worker);
    }

    private async Task EndAndPlace(string worker)
    {
        var ended = _devices.Work[worker];
        // What has to be read for it first it is told by a call.
        var begins = _devices.Next(worker);
        var next = await Scheduler.Released(worker, ended.WorkId, ended.Generation, ended.Lease, takesNext: true);
        if (next is not null) _devices.Begins(worker, next);
        await begins;
        if (_devices.Work[worker].MaxWorkers == 1) _single.Enqueue(worker);
    }

    /// <summary>The heartbeats of all silos, as often as they send them.</summary>
    private async Task Beat()
    {
        for (var silo = 0; !_ending.IsCancellationRequested; silo++)
        {
            await Task.Delay(Heartbeats / Silos, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Renew(silo);
        }
    }

    /// <summary>A member of a gang ends after another, and its device does something else: the gang grows again as soon as it may.</summary>
    private async Task LoseMembers(int gangs)
    {
        for (var turn = 0; !_ending.IsCancellationRequested; turn++)
        {
            await Task.Delay(BetweenLosses, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var members = _devices.Work.Where(w => w.Value.WorkId == Gang(turn % gangs)).Select(w => w.Key).ToList();
            if (members.Count > LeastOfAGang) await EndAndPlace(members[0]);
        }
    }

    private Task SubmitGangs(int count) => Scheduler.Submit([.. Enumerable.Range(0, count).Select(i => _like with
    {
        WorkId = Gang(i),
        MinWorkers = LeastOfAGang,
        MaxWorkers = MostOfAGang,
        Priority = AboveOthers,
    })]);

    private static string Gang(int number) => string.Create(CultureInfo.InvariantCulture, $"gang/{number:000}");

    /// <summary>So many more units wait.</summary>
    public async Task Submit(int count)
    {
        var work = Enumerable.Range(0, count).Select(_ => _like with { WorkId = Id(Interlocked.Increment(ref _submitted)) });
        foreach (var some in work.Chunk(Batch)) await Scheduler.Submit(some);
    }

    /// <summary>Asks the scheduler for something that it has at hand.</summary>
    public Task Ask() => Scheduler.GetGenerations([Id(_submitted)]);

    /// <summary>Writes a row as small as the queue's, on a connection of its own: one statement that is durable when it returns.</summary>
    /// <returns>Seconds of each.</returns>
    public async Task<double[]> BareStatements(int count)
    {
        await using var connection = _database.Connect();
        await Execute(connection, "CREATE TABLE IF NOT EXISTS Bare (Id INTEGER PRIMARY KEY, State VARCHAR(400) NOT NULL)");
        var seconds = new double[count];
        for (var i = 0; i < count; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            await Execute(
                connection, "INSERT INTO Bare (Id, State) VALUES (@Id, @State) ON CONFLICT (Id) DO UPDATE SET State = excluded.State",
                ("@Id", i), ("@State", new string((char)('a' + (i % 26)), 300)));
            seconds[i] = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }
        return seconds;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _losing;
        await _beating;
        _ending.Dispose();
        Counts.Dispose();
        _database.Release();
        foreach (var silo in _silos) await silo.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
        TemporaryFiles.Delete(_directory);
    }

    private static async Task Execute(DbConnection connection, string sql, params (string, object)[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        await command.ExecuteNonQueryAsync();
    }

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"job/{number:0000000}");
}
