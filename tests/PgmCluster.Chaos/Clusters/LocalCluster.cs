using System.Net;
using PgmCluster.Cli.Homes;
using PgmCluster.Data.Tls;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport.Processes;
using PgmCluster.Tls;

namespace PgmCluster.Chaos.Clusters;

/// <summary>
/// Silos in processes of their own on this machine, over one database and one artifact store; gone without a trace when disposed.
/// </summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private readonly Dictionary<string, SiloProcess> _silos = [];
    private readonly List<KeyValuePair<string, string?>> _settings;
    private readonly bool _sharesHome;

    /// <param name="database">Connection string of a PostgreSQL database, or null for one SQLite file.</param>
    /// <param name="tls">Whether silos and clients know each other by certificates.</param>
    public LocalCluster(string? database, bool tls = false)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("pgm-cluster-").FullName;
        _sharesHome = database is null;
        _settings = [new("PGM_ARTIFACTS", Artifacts)];
        if (tls)
        {
            Authority = TlsAuthority.Create(Path.Combine(Directory, "tls"), TimeProvider.System);
            _settings.Add(new("PGM_TLS", Path.Combine(Authority.Directory, "silo")));
        }
        if (database is not null) _settings.Add(new("PGM_DATABASE", database));
        else
        {
            _settings.Add(new("PGM_EXCLUSIVE", "false"));
            // Silos that start at once on a new directory would each find the files of the others in it.
            new PgmHome(HomeOf("")).Claim().Keep();
        }
    }

    /// <summary>pgm.dll, as it lies beside this program.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "pgm.dll");

    /// <summary>Holds everything of the cluster.</summary>
    public string Directory { get; }

    /// <summary>Who issues its certificates; null where there are none.</summary>
    public TlsAuthority? Authority { get; }

    /// <summary>The artifact store.</summary>
    public string Artifacts => Path.Combine(Directory, "artifacts");

    /// <summary>The pgm.dll that its silos run.</summary>
    public string Runs { get; init; } = Program;

    /// <summary>Where what the silos logged stays when the cluster is gone; null for nowhere.</summary>
    public string? KeepsLogsIn { get; init; }

    /// <summary>The silo that was last started under that name.</summary>
    public SiloProcess this[string name] => _silos[name];

    public IReadOnlyCollection<SiloProcess> Silos => _silos.Values;

    /// <summary>Starts a silo's process and does not wait for it. The predecessor of that name must have ended.</summary>
    public SiloProcess Start(SiloPlan plan)
    {
        if (_silos.Remove(plan.Name, out var former))
        {
            if (former.IsRunning)
                throw new HarnessException(
                    $"Starting silo '{plan.Name}': process {former.ProcessId} still runs. Kill or stop it first.");
            former.Dispose();
        }
        return _silos[plan.Name] = SiloProcess.Start(plan, HomeOf(plan.Name), _settings, Runs);
    }

    /// <summary>Starts silos at once and waits until all can be called.</summary>
    public async Task StartAsync(params SiloPlan[] plans) =>
        await Task.WhenAll(plans.Select(Start).ToList().Select(silo => silo.ReadyAsync()));

    /// <summary>A client by the gateways of those silos, or of all that run.</summary>
    public Task<SiloConnection> ConnectAsync(params string[] names)
    {
        var silos = names.Length > 0 ? names.Select(n => _silos[n]) : _silos.Values.Where(s => s.IsRunning && s.IsReady);
        IReadOnlyList<DnsEndPoint> gateways = [.. silos.Select(s => s.Gateway)];
        return SiloConnection.ConnectAsync(gateways, "pgm", "pgm", Until.Limit,
            tls: Authority is null ? null : TlsFiles.In(Path.Combine(Authority.Directory, "service")));
    }

    /// <summary>kill -9 of every silo.</summary>
    public Task KillAllAsync() => Task.WhenAll(_silos.Values.Select(silo => silo.KillAsync()));

    public async ValueTask DisposeAsync()
    {
        await KillAllAsync();
        if (KeepsLogsIn is { } logs)
        {
            System.IO.Directory.CreateDirectory(logs);
            foreach (var silo in _silos.Values) await File.WriteAllTextAsync(Path.Combine(logs, $"{silo.Name}.log"), silo.ReadLog());
        }
        foreach (var silo in _silos.Values) silo.Dispose();
        TemporaryFiles.Delete(Directory);
    }

    private string HomeOf(string name) => _sharesHome ? Path.Combine(Directory, "home") : Path.Combine(Directory, "silos", name);
}
