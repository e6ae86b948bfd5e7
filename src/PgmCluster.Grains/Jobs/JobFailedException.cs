namespace PgmCluster.Grains.Jobs;

/// <summary>
/// What a job's work came to cannot be used, and trying again would come to the same: the job fails with the message. Its finished work stays
/// finished.
/// </summary>
internal sealed class JobFailedException(string message) : Exception(message);
