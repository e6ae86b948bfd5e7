using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace PgmCluster.Silo.Hosting.Health;

/// <summary>
/// What the probes are told. Everything here is memory of this process: a database or a peer that does not answer must never make an
/// orchestrator kill silos that could go on without it.
/// </summary>
internal sealed class SiloHealth
{
    private volatile IHost? _silo;
    private volatile bool _leaving;

    /// <summary>The silo has started; from now on its membership counts.</summary>
    public void Started(IHost silo) => _silo = silo;

    /// <summary>The silo has been asked to stop.</summary>
    public void Leaving() => _leaving = true;

    /// <summary>Whether the process can answer at all, which it does by answering.</summary>
    public static HealthAnswer Live { get; } = new(true, "live");

    /// <summary>Whether the start has ended; it stays so.</summary>
    public HealthAnswer Startup => _silo is null ? new(false, "not started: the silo is starting") : new(true, "started");

    /// <summary>Whether this silo is a working member of the cluster, as far as it knows.</summary>
    public HealthAnswer Ready
    {
        get
        {
            if (_silo is not { } silo) return new(false, "not ready: the silo is starting");
            try
            {
                // The framework also gives up by itself, for instance where the other silos have declared this one dead.
                var stopping = silo.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
                if (_leaving || stopping.IsCancellationRequested) return new(false, "not ready: the silo is leaving the cluster");
                var status = silo.Services.GetRequiredService<ISiloStatusOracle>().CurrentStatus;
                return status == SiloStatus.Active
                    ? new(true, "ready")
                    : new(false, $"not ready: the silo is {status} in the cluster's membership");
            }
            catch (ObjectDisposedException)
            {
                return new(false, "not ready: the silo has stopped");
            }
        }
    }
}
