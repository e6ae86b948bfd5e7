using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
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
/// A control silo in this process on PostgreSQL (SQLite where none is installed), with a queue before devices that are simulated. All
/// devices have something, and the rest of the queue waits.
/// </summary>
internal sealed class ControlCluster : IAsyncDisposable
{
    private const int Silos = 125, DevicesOfEach = 8, Batch = 500;
    private readonly string _directory;
    private readonly PostgresServer? _postgres;
    private readonly PgmSiloHost _silo;
    private readonly IStateDatabase _database;
    private readonly SimulatedDevices _devices;
    private readonly WorkAssignment _like;
    private int _submitted;

    private ControlCluster(
        string directory, PostgresServer? postgres, PgmSiloHost silo, IStateDatabase database, SimulatedDevices devices)
    {
        (_directory, _postgres, _silo, _database, _devices) = (directory, postgres, silo, database, devices);
        _like = new WorkAssignment
        {
            WorkId = "",
            Generation = 1,
            Kind = "simulated",
            Document = new string('d', 500),
            Owner = silo.Grains.GetGrain<IDatasetGrain>("nobody").AsReference<IWorkOwner>(),
        };
    }

    public string Database => _postgres is null ? "SQLite" : "PostgreSQL";

    public int Devices => _devices.Workers.Count;

    private IDeviceSchedulerGrain Scheduler => _silo.Grains.GetGrain<IDeviceSchedulerGrain>("default");

    /// <param name="queued">Work that waits when all devices have some.</param>
    public static async Task<ControlCluster> StartAsync(int queued)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-control-").FullName;
        var postgres = PostgresServer.Missing is null ? await PostgresServer.CreateAsync() : null;
        var devices = new SimulatedDevices(Silos, DevicesOfEach);
        var options = new SiloOptions
        {
            Home = directory,
            Devices = "none",
            Database = postgres is null ? "" : await postgres.CreateDatabaseAsync("control"),
            LogLevel = Microsoft.Extensions.Logging.LogLevel.Error,
        };
        var silo = await PgmSiloHost.StartAsync(options, builder =>
        {
            builder.AddPgmParts(options);
            builder.Services.AddSingleton<IPresentSilos>(devices);
            builder.AddOutgoingGrainCallFilter(devices);
        });
        var database = await StateDatabases.OpenAsync(options, _ => { }, TimeProvider.System, CancellationToken.None);
        var cluster = new ControlCluster(directory, postgres, silo, database, devices);
        await Task.WhenAll(Enumerable.Range(0, Silos).Select(cluster.Renew));
        await cluster.Submit(queued + cluster.Devices);
        while (cluster.Placed.Count < cluster.Devices) await Task.Delay(100);
        return cluster;
    }

    /// <summary>One heartbeat of a silo, until it is answered.</summary>
    public Task Renew(int silo) =>
        _silo.Grains.GetGrain<ILeaseGrain>("default").Renew(_devices.Heartbeat(silo % Silos));

    /// <summary>What devices have, by their names.</summary>
    public IReadOnlyDictionary<string, string> Placed => _devices.Work;

    /// <summary>A device ends its work, and is given the next.</summary>
    public async Task EndAndPlace(string worker)
    {
        var ended = Placed[worker];
        var next = await Scheduler.Released(worker, ended, generation: 1, takesNext: true);
        if (next is not null) _devices.Begins(worker, next.WorkId);
        // What has to be read for it first it is told by a call.
        while (Placed[worker] == ended) await Task.Yield();
    }

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
        _database.Release();
        await _silo.DisposeAsync();
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
