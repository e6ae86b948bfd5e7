using PgmCluster.Cli.Sessions;
using PgmCluster.Data.Downloads;

namespace PgmCluster.Cli.Commands;

/// <summary>What the commands take from the process around them. Replaced in tests.</summary>
internal sealed record CliEnvironment
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>True where <see cref="Out"/> is a terminal that can redraw lines.</summary>
    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    public required IClusterSessions Sessions { get; init; }

    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Where Inception's weights are fetched from.</summary>
    public PublishedFile InceptionWeights { get; init; } = InceptionWeightsFile.Published;

    /// <summary>Before the first repetition of a request to a server that failed; each further one takes about twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static CliEnvironment OfProcess(IClusterSessions sessions) => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Sessions = sessions,
    };
}
