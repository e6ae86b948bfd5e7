namespace PgmCluster.Silo.Storage;

/// <summary>
/// The state database cannot be used. <see cref="Exception.Message"/> is one line: what was attempted, what was found, what to do.
/// </summary>
/// <remarks>Crosses process boundaries, which the exceptions of database drivers cannot.</remarks>
[GenerateSerializer, Alias("pgm.StateDatabaseException")]
public sealed class StateDatabaseException : Exception
{
    public StateDatabaseException(StateDatabaseFailure failure, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Failure = failure;
    }

    /// <summary>The kind of failure, for callers that decide about retrying.</summary>
    [Id(0)]
    public StateDatabaseFailure Failure { get; private set; }

    /// <summary>The failure of the database inside <paramref name="exception"/>, or null: grains wrap what their storage throws.</summary>
    public static StateDatabaseException? FindIn(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is StateDatabaseException found) return found;
        }
        return null;
    }
}
