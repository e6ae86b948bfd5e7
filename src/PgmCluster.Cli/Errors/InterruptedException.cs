namespace PgmCluster.Cli.Errors;

/// <summary>The user stopped the command. The message says what became of the work.</summary>
internal sealed class InterruptedException(string message) : Exception(message);
