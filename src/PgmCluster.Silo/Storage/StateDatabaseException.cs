using PgmCluster.Contracts.Errors;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// The state database cannot be used. <see cref="Exception.Message"/> is one line: what was attempted, what was found, what to do.
/// </summary>
/// <remarks>Never crosses the wire: a client may lack this type, and gets a <see cref="PgmException"/> of the same words.</remarks>
[GenerateSerializer, Alias("pgm.StateDatabaseException")]
public sealed class StateDatabaseException : PgmException
{
    public StateDatabaseException(StateDatabaseFailure failure, string message, Exception? innerException = null)
        : base(message, innerException!)
    {
        Failure = failure;
        Code = failure == StateDatabaseFailure.Other ? PgmErrorCode.Internal : PgmErrorCode.Unavailable;
    }

    /// <summary>The kind of failure, for callers that decide about retrying.</summary>
    [Id(0)]
    public StateDatabaseFailure Failure { get; private set; }
}
