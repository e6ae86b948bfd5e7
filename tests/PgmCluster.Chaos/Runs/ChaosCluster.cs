using PgmCluster.Chaos.Clusters;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Chaos.Runs;

/// <summary>
/// What chaos is made with, as the manifests have it: two silos for the jobs' grains, by which clients come in, silos with a device each by
/// which they do not, a database; and where cables are pulled a host for each silo.
/// </summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    /// <summary>Silos without a device.</summary>
    public static IReadOnlyList<string> Controls { get; } = ["control0", "control1"];

    private readonly List<SiloPlan> _plans = [];
    private readonly CancellationToken _cancellation;
    private PostgresServer? _postgres;
    private NamespaceNetwork? _network;
    private LocalCluster? _cluster;
    private SiloConnection? _connection;

    private ChaosCluster(CancellationToken cancellation) => _cancellation = cancellation;

    public IGrainFactory Grains => _connection!.Client;

    public string Artifacts => Silos.Artifacts;

    private LocalCluster Silos => _cluster!;

    /// <exception cref="PgmCluster.TestSupport.Processes.HarnessException">Something did not start.</exception>
    public static async Task<ChaosCluster> StartAsync(ChaosPlan plan, CancellationToken cancellation)
    {
        var cluster = new ChaosCluster(cancellation);
        try
        {
            await cluster.Start(plan);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public static string Worker(int number) => $"worker{number}";

    public async Task KillAsync(string silo) => await Silos[silo].KillAsync();

    public async Task KillAllAsync() => await Silos.KillAllAsync();

    /// <summary>SIGTERM, and its end.</summary>
    public async Task TerminateAsync(string silo)
    {
        Silos[silo].Terminate();
        await Silos[silo].WaitForExitAsync();
    }

    public void Pause(string silo) => Silos[silo].Pause();

    public void Continue(string silo) => Silos[silo].Continue();

    /// <summary>Starts those that have ended, at once, and waits until they can be called.</summary>
    public async Task RestartAsync()
    {
        var ended = _plans.Where(p => !Silos[p.Name].IsRunning).ToList();
        foreach (var plan in ended) Silos.Start(plan);
        foreach (var plan in ended) await Silos[plan.Name].ReadyAsync(_cancellation);
    }

    public Task StopDatabaseAsync() => _postgres!.StopAsync();

    public Task StartDatabaseAsync() => _postgres!.StartAsync(_cancellation);

    public Task CutOffAsync(string silo) => _network!.CutOffAsync(HostOf(silo));

    public Task HealAsync(string silo) => _network!.HealAsync(HostOf(silo));

    public Task SlowDownAsync(string silo) => _network!.SlowDownAsync(HostOf(silo));

    public Task SpeedUpAsync(string silo) => _network!.SpeedUpAsync(HostOf(silo));

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        if (_cluster is not null) await _cluster.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
    }

    private async Task Start(ChaosPlan plan)
    {
        if (plan.NeedsNetwork)
        {
            _network = await NamespaceNetwork.CreateHereAsync(plan.Workers + Controls.Count);
            if (plan.Kinds.Contains(ChaosFaults.Slow)) await _network.LimitAsync();
        }
        var address = _network is null ? "127.0.0.1" : NamespaceNetwork.OwnAddress;
        if (plan.Database == "postgres") _postgres = await PostgresServer.CreateAsync(address: address, cancellation: _cancellation);
        _cluster = new LocalCluster(_postgres is null ? null : await _postgres.CreateDatabaseAsync("pgm"))
        {
            Runs = plan.Program ?? LocalCluster.Program,
            KeepsLogsIn = plan.Logs,
        };
        SiloPlan[] plans =
        [
            .. Controls.Select(name => SiloPlan.Control(name).AtItsOwnPort()),
            .. Enumerable.Range(0, plan.Workers).Select(i => SiloPlan.Device(Worker(i)).WithoutGateway()),
        ];
        _plans.AddRange(plans.Select(OnHost));
        await Silos.StartAsync(_plans[0]);
        await Silos.StartAsync([.. _plans.Skip(1)]);
        _connection = await Silos.ConnectAsync([.. Controls]);
    }

    private SiloPlan OnHost(SiloPlan silo, int host) => _network is null
        ? silo
        : silo with
        {
            Within = _network.On(host),
            Environment = new Dictionary<string, string?>(silo.Environment)
            {
                ["PGM_ADVERTISEDADDRESS"] = NamespaceNetwork.Address(host),
                ["PGM_ALLOWUNPROTECTEDNETWORK"] = "true",
                ["PGM_IMPORTROOTS"] = "/",
            },
        };

    private int HostOf(string silo) => _plans.FindIndex(p => p.Name == silo);
}
