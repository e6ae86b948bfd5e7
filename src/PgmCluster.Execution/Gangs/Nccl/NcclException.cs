namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>NCCL or the CUDA runtime reports a failure. Whether a member was lost is not known from it.</summary>
/// <param name="message">What was attempted and what they say, one line.</param>
public sealed class NcclException(string message) : Exception(message);
