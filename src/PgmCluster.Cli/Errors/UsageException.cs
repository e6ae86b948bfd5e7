namespace PgmCluster.Cli.Errors;

/// <summary>The command line is wrong. The message is one line and names the way out.</summary>
internal sealed class UsageException(string message) : Exception(message);
