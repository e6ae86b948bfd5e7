namespace PgmCluster.Execution.Work;

/// <summary>The work ended because it was asked to, with everything durable that it wanted to keep.</summary>
public sealed class WorkInterruptedException(string message) : Exception(message);
