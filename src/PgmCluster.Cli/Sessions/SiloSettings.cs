using System.Globalization;
using System.Net;
using PgmCluster.Cli.Homes;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Cli.Sessions;

/// <summary>The options of silos in this process.</summary>
internal static class SiloSettings
{
    /// <summary>Saving what runs may take a checkpoint's time.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Stands for a port that nobody has spoken of.</summary>
    private const int Unsaid = int.MinValue;

    /// <summary>
    /// A silo for the length of one command: state and artifacts are the home's, whatever cluster the environment speaks of.
    /// </summary>
    public static SiloOptions OfCommand(PgmHome home, Func<string, string?> variable) =>
        new()
        {
            Home = home.Root,
            Artifacts = home.Artifacts,
            Downloads = home.Downloads.Root,
            HubRetryPause = TimeSpan.TryParse(variable("PGM_HUBRETRYPAUSE"), CultureInfo.InvariantCulture, out var pause)
                ? pause
                : new SiloOptions().HubRetryPause,
            Devices = variable("PGM_DEVICES") ?? "auto",
            ShutdownTimeout = ShutdownTimeout,
        };

    /// <summary>A silo that stays: every setting may come from a file or from the environment.</summary>
    /// <param name="variable">The environment: <c>PGM_SILONAME</c>, <c>PGM_DATABASE</c> and so on.</param>
    /// <param name="file">JSON file with a section "Pgm", or null.</param>
    /// <param name="given">What the command line says, by name of the setting.</param>
    /// <exception cref="SiloStartException">A value cannot be read.</exception>
    public static SiloOptions OfService(Func<string, string?> variable, string? file, IEnumerable<KeyValuePair<string, string?>> given) =>
        OfService(variable, file, given, out _);

    /// <summary>The same, and whether a port was named.</summary>
    /// <param name="variable">The environment.</param>
    /// <param name="file">JSON file with a section "Pgm", or null.</param>
    /// <param name="given">What the command line says.</param>
    /// <param name="saysApiPort">Whether something says at which port the HTTP API is, or that there is none.</param>
    public static SiloOptions OfService(
        Func<string, string?> variable, string? file, IEnumerable<KeyValuePair<string, string?>> given, out bool saysApiPort)
    {
        var options = new SiloOptions { ShutdownTimeout = ShutdownTimeout, ApiPort = Unsaid };
        var environment = SiloConfiguration.Names.Select(name => KeyValuePair.Create(name, variable($"PGM_{name.ToUpperInvariant()}")));
        SiloConfiguration.Apply(options, file, environment, given);
        saysApiPort = options.ApiPort != Unsaid;
        if (!saysApiPort) options.ApiPort = 0;
        return options;
    }

    /// <summary>
    /// A silo for somebody who looks at it serves the dashboard where nothing says otherwise: on this machine alone, and only where it lets
    /// in nobody whom the gateway keeps out.
    /// </summary>
    /// <param name="options">With a settled home, and no port.</param>
    public static void ShowOnThisMachine(SiloOptions options)
    {
        if (!options.Dashboard || !IPAddress.TryParse(options.ApiAddress, out var address) || !IPAddress.IsLoopback(address)) return;
        var isOpen = options is { Tls: "", TlsCertificate: "", TlsKey: "", TlsAuthority: "" };
        if (isOpen || File.Exists(options.ApiKeysPath)) options.UseAnyApiPort();
    }

    /// <summary>
    /// Settles the home of a silo that stays, and its artifact store: a file may name them, too; the command line and PGM_HOME come first.
    /// </summary>
    public static PgmHome SettleHome(SiloOptions options, PgmHome given, bool isGiven)
    {
        var home = isGiven ? given : new PgmHome(options.Home, given.GivenArtifacts, given.GivenDownloads);
        (options.Home, options.Artifacts) = (home.Root, options.Artifacts.Length > 0 ? options.Artifacts : home.Artifacts);
        return home;
    }
}
