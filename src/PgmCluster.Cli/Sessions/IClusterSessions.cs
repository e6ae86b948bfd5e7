using PgmCluster.Cli.Homes;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Execution.Speed;

namespace PgmCluster.Cli.Sessions;

/// <summary>Finds and starts silos.</summary>
internal interface IClusterSessions
{
    /// <summary>The silo that runs on the home, connected; null where there is none.</summary>
    Task<IClusterSession?> ConnectAsync(PgmHome home, CancellationToken cancellation);

    /// <summary>Starts a silo in this process.</summary>
    /// <exception cref="Data.BadInputException">The home cannot be used.</exception>
    /// <exception cref="Silo.Hosting.HomeLockedException">Another process has a silo there.</exception>
    Task<IClusterSession> EmbedAsync(PgmHome home, EmbeddedSiloSettings settings, CancellationToken cancellation);

    /// <summary>Measures how fast models draw, without a silo.</summary>
    IReadOnlyList<SpeedResult> MeasureSpeed(IReadOnlyList<string> specifications, SamplingSettings settings, int batch);

    /// <summary>Names and kinds of the training presets, known without a silo.</summary>
    IReadOnlyList<(string Name, string Kind)> Presets { get; }
}
