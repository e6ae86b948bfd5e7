using System.Net;
using PgmCluster.Cli.Homes;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Execution.Documents;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Tls;

namespace PgmCluster.Cli.Sessions;

/// <summary>Finds and starts silos.</summary>
internal interface IClusterSessions
{
    /// <summary>
    /// The silo that runs on the home, connected; null where there is none. Without a certificate of its own the caller shows the silo's,
    /// where it asks for one and this user may read it.
    /// </summary>
    Task<IClusterSession?> ConnectAsync(PgmHome home, TlsFiles? tls, CancellationToken cancellation);

    /// <summary>The cluster that answers at one of the gateways.</summary>
    /// <exception cref="SiloConnectionException">None of them answers.</exception>
    Task<IClusterSession> ConnectAsync(
        IReadOnlyList<DnsEndPoint> gateways, string clusterId, PgmHome home, TlsFiles? tls, CancellationToken cancellation);

    /// <summary>Starts a silo in this process.</summary>
    /// <param name="home">Made ours if it is not yet.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="notice">Told in one line what the start waits for.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="Data.BadInputException">The home cannot be used.</exception>
    /// <exception cref="HomeLockedException">Another process has a silo there.</exception>
    Task<IClusterSession> EmbedAsync(PgmHome home, SiloOptions options, Action<string>? notice, CancellationToken cancellation);

    /// <summary>Measures how fast models draw, without a silo.</summary>
    IReadOnlyList<SpeedResult> MeasureSpeed(IReadOnlyList<string> specifications, SamplingSettings settings, int batch);

    /// <summary>Names and kinds of the training presets, known without a silo.</summary>
    IReadOnlyList<(string Name, string Kind)> Presets { get; }
}
