namespace PgmCluster.Silo.Hosting;

/// <summary>Another silo runs on this home directory. Connect to it instead of starting a second one.</summary>
public sealed class HomeLockedException(string home, int? processId)
    : Exception(
        $"Trying to start a silo on {home}: {(processId is null ? "another process" : $"process {processId}")} runs one there already. "
        + "Use that one, or stop it first; for several silos on one machine use 'pgm up'.")
{
    /// <summary>The process that holds the home directory, if it could be read.</summary>
    public int? ProcessId { get; } = processId;
}
