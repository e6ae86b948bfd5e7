namespace PgmCluster.TestSupport.Processes;

/// <summary>
/// A process of a throwaway cluster did not do what it should. The first line says what was attempted and found; the output of the process
/// may follow.
/// </summary>
public sealed class HarnessException(string message, Exception? innerException = null) : Exception(message, innerException);
