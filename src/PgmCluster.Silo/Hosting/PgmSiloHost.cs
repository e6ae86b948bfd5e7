using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Runtime.MembershipService.SiloMetadata;
using PgmCluster.Api;
using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Grains.Callers;
using PgmCluster.Grains.Placement;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting.Api;
using PgmCluster.Silo.Hosting.Connections;
using PgmCluster.Silo.Hosts;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Secrets;
using PgmCluster.Silo.Tls;
using PgmCluster.Silo.Versions;
using PgmCluster.Tls;
using Serilog;
using Serilog.Core;
using SiloOptions = PgmCluster.Silo.Options.SiloOptions;

namespace PgmCluster.Silo.Hosting;

/// <summary>One running silo: the same whether it is a service of its own or embedded in the command line.</summary>
public sealed class PgmSiloHost : IAsyncDisposable
{
    private const int PortAttempts = 3;
    private static readonly TimeSpan s_departure = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_stopGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lettingGo = TimeSpan.FromSeconds(10);

    private readonly IHost _host;
    private readonly SiloOptions _options;
    private readonly IStateDatabase _database;
    private readonly HomeLock? _lock;
    private readonly TlsPolicy? _tls;
    private readonly SideServers _side;
    private readonly ApiServer? _api;
    private readonly Logger _logger;
    private readonly SemaphoreSlim _stopping = new(1, 1);
    private bool _stopped;

    private PgmSiloHost(
        IHost host, SiloOptions options, IStateDatabase database, HomeLock? homeLock, TlsPolicy? tls, SideServers side, ApiServer? api,
        Logger logger, SiloEndpoint endpoint, TimeSpan startTime)
    {
        _host = host;
        _options = options;
        _database = database;
        _lock = homeLock;
        _tls = tls;
        _side = side;
        _api = api;
        _logger = logger;
        Stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        Endpoint = endpoint;
        StartTime = startTime;
    }

    /// <summary>Calls grains, within this process where the grain lives here.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>The same as a client.</summary>
    public IClusterClient Client => _host.Services.GetRequiredService<IClusterClient>();

    /// <summary>The services of the host.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Where other processes reach this silo; also in <c>HOME/run</c>.</summary>
    public SiloEndpoint Endpoint { get; }

    /// <summary>Where the HTTP API listens, such as "http://127.0.0.1:8081"; null where there is none.</summary>
    public string? ApiAddress => _api?.Address;

    /// <summary>How long the start took, until grains could be called.</summary>
    public TimeSpan StartTime { get; }

    /// <summary>Cancelled when the silo has begun to stop, on request or because the framework gave up.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Starts a silo; when the task completes, grains can be called and the silo can be found in its home directory.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="configure">
    /// Adds grains and what belongs to them; may be called again when an automatic port was taken meanwhile.
    /// </param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <param name="notice">Told in one line what the start waits for.</param>
    /// <exception cref="SiloOptionsException">The options are not usable.</exception>
    /// <exception cref="BadInputException">A device or the named libtorch cannot be used.</exception>
    /// <exception cref="HomeLockedException">Another silo runs on this home directory.</exception>
    /// <exception cref="StateDatabaseException">The state database cannot be used.</exception>
    /// <exception cref="SiloStartException">The silo itself did not start; the message is one line, the log has the details.</exception>
    public static async Task<PgmSiloHost> StartAsync(
        SiloOptions options, Action<ISiloBuilder>? configure = null, CancellationToken cancellationToken = default,
        Action<string>? notice = null)
    {
        options.Validate();
        NativeRuntime.UseLibtorch(options.LibTorch, options.LibTorchAnyVersion ? OtherLibtorch.Passed : null);
        var devices = ComputeDevices.Find(options.Devices, options.CoresPerDevice);
        if (devices.Count > 0) NativeRuntime.RequireLibtorch();
        var watch = Stopwatch.StartNew();
        var homeLock = options.Exclusive ? HomeLock.Acquire(options.Home) : null;
        SideServers? side = null;
        IStateDatabase? database = null;
        Logger? logger = null;
        TlsPolicy? tls = null;
        try
        {
            if (ComputeDevices.Unused(options.Devices) is { } unused) Notice(unused);
            side = await SideServers.StartAsync(options, cancellationToken);
            database = await StateDatabases.OpenAsync(options, Notice, TimeProvider.System, cancellationToken);
            logger ??= SiloLogging.Create(options);
            tls = options.ReadTls() is { } files ? OrleansTls.Open(files, logger) : null;
            var owner = StateOwner.Claim(database, options.ServiceId, options.ClusterId, Notice);
            var secret = ClusterSecrets.Read(options, database);
            ArtifactOwner.Claim(options.ArtifactsPlace, owner.ArtifactId, options.ClusterId, database.Name);
            var clock = new DatabaseClock(database, TimeProvider.System, Notice);
            clock.Measure();
            clock.RequireTolerable();
            var own = options.SiloPort > 0 ? new IPEndPoint(IPAddress.Parse(options.AdvertisedAddress), options.SiloPort) : null;
            var swept = await DeadSiloSweep.RunAsync(database, options.ClusterId, own, clock, cancellationToken);
            if (swept > 0)
                logger.ForContext<PgmSiloHost>().Information("Declared {Count} silo(s) dead whose ports refuse connections", swept);
            for (var attempt = 1; ; attempt++)
            {
                var ports = SiloPorts.Pick(options);
                var host = Build(options, devices, owner.StateId, ports, database, clock, secret, logger, tls, configure);
                ApiServer? api = null;
                try
                {
                    await host.StartAsync(cancellationToken);
                    api = await SiloApi.StartAsync(options, host, database, cancellationToken);
                    var endpoint = new SiloEndpoint
                    {
                        Pid = Environment.ProcessId,
                        SiloName = options.SiloName,
                        Gateway = options.OpensGateway
                            ? new IPEndPoint(IPAddress.Parse(options.AdvertisedAddress), ports.Gateway).ToString()
                            : "",
                        ClusterId = options.ClusterId,
                        ServiceId = options.ServiceId,
                        StartedAt = DateTimeOffset.UtcNow,
                        Process = ProcessIdentity.Of(Environment.ProcessId),
                        Version = ProductVersion.Current,
                        Tls = tls?.Files,
                    };
                    endpoint.Publish(options.Home);
                    side.Health.Started(host);
                    return new PgmSiloHost(host, options, database, homeLock, tls, side, api, logger, endpoint, watch.Elapsed);
                }
                catch (Exception e)
                {
                    if (api is not null) await api.DisposeAsync();
                    await DisposeQuietlyAsync(host);
                    if (e is SiloStartException) throw;
                    // Another program can take an automatic port between its choice and its use.
                    if (StartFailure.IsPortTaken(e) && attempt < PortAttempts && (options.SiloPort == 0 || options.GatewayPort == 0))
                        continue;
                    if (e is OperationCanceledException && cancellationToken.IsCancellationRequested) throw;
                    throw StartFailure.Describe(e, options, database, ports);
                }
            }
        }
        catch
        {
            database?.Release();
            tls?.Dispose();
            SiloLogging.Close(logger);
            if (side is not null) await side.DisposeAsync();
            homeLock?.Dispose();
            throw;
        }

        void Notice(string line)
        {
            logger ??= SiloLogging.Create(options);
            logger.ForContext<PgmSiloHost>().Warning("{Notice}", line);
            notice?.Invoke(line);
        }
    }

    /// <summary>
    /// Leaves the cluster: waits for work in flight up to <see cref="SiloOptions.ShutdownTimeout"/>, then activations are written out and
    /// move elsewhere. Ends within <see cref="LongestStop"/>.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await _stopping.WaitAsync(cancellationToken);
        try
        {
            if (_stopped) return;
            _stopped = true;
            _side.Health.Leaving();
            Endpoint.Withdraw(_options.Home);
            try
            {
                var api = _api?.DisposeAsync().AsTask() ?? Task.CompletedTask;
                // The framework tries for minutes to record its departure in a database that cannot be written.
                await _host.StopAsync(cancellationToken).WaitAsync(HostLimit(_options) + s_stopGrace, cancellationToken);
                await api;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // The silo is gone either way; the others notice by themselves what it could not tell them.
                _logger.ForContext<PgmSiloHost>().Error(e, "Stopping silo {SiloName} was not clean", _options.SiloName);
            }
            finally
            {
                await DisposeQuietlyAsync(_host);
                _database.Release();
                _tls?.Dispose();
                SiloLogging.Close(_logger);
                await _side.DisposeAsync();
                _lock?.Dispose();
            }
        }
        finally
        {
            _stopping.Release();
        }
    }

    /// <summary>The longest that a stop takes: who kills silos that do not end waits longer than this.</summary>
    public static TimeSpan LongestStop(SiloOptions options) => HostLimit(options) + s_stopGrace + s_lettingGo;

    /// <inheritdoc cref="StopAsync" />
    public async ValueTask DisposeAsync() => await StopAsync();

    private static IHost Build(
        SiloOptions options, IReadOnlyList<ComputeDevice> devices, string stateId, (int Silo, int Gateway) ports, IStateDatabase database,
        DatabaseClock clock, ClusterSecret secret, Logger logger, TlsPolicy? tls, Action<ISiloBuilder>? configure)
    {
        var builder = BareHost.CreateBuilder();
        builder.Services.AddSerilog(logger);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = HostLimit(options));
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = options.ClusterId;
                // The providers find stored state by this alone, and nothing else reads it: clients are told apart by the cluster's id.
                cluster.ServiceId = stateId;
            });
            silo.Configure<Orleans.Configuration.SiloOptions>(o => o.SiloName = options.SiloName);
            silo.Configure<EndpointOptions>(endpoint =>
            {
                var address = IPAddress.Parse(options.AdvertisedAddress);
                endpoint.AdvertisedIPAddress = address;
                endpoint.SiloPort = ports.Silo;
                endpoint.GatewayPort = options.OpensGateway ? ports.Gateway : 0;
                // Exactly the advertised address: without it every interface of the machine would listen.
                endpoint.SiloListeningEndpoint = new IPEndPoint(address, ports.Silo);
                endpoint.GatewayListeningEndpoint = options.OpensGateway ? new IPEndPoint(address, ports.Gateway) : null;
            });
            silo.Configure<ClusterMembershipOptions>(FailureDetection.Set);
            silo.UseStateDatabase(database, clock);
            silo.EnterLobby();
            if (tls is not null) silo.UsePolicy(tls);
            silo.LeaveLobby();
            silo.UseSiloMetadata(new Dictionary<string, string>
            {
                [PreferControlSiloPlacement.DevicesKey] = string.Join(',', devices.Select(d => d.Name)),
            });
            silo.AddCallerProofs(secret, options.AcceptOlderSilos);
            configure?.Invoke(silo);
        });
        return builder.Build();
    }

    // Work that took all its time must not cost the silo an orderly departure: others would have to find out that it is gone.
    private static TimeSpan HostLimit(SiloOptions options) =>
        options.ShutdownTimeout + (options.ShutdownTimeout < s_departure ? options.ShutdownTimeout : s_departure);

    // Used where something else has failed already, or the silo is gone: neither must be hidden or held up by this.
    private static async Task DisposeQuietlyAsync(IHost host)
    {
        try
        {
            await ((IAsyncDisposable)host).DisposeAsync().AsTask().WaitAsync(s_lettingGo);
        }
        catch (Exception e)
        {
            Debug.WriteLine(e);
        }
    }
}
