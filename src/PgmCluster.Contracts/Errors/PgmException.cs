namespace PgmCluster.Contracts.Errors;

/// <summary>
/// A refusal or failure that crosses the wire. The message is one line that says what was attempted, what was found and what to do.
/// Driver and library exceptions never leave a silo as they are: a client could not deserialize them.
/// </summary>
[GenerateSerializer, Alias("pgm.PgmException")]
public class PgmException : Exception
{
    /// <summary>A failure.</summary>
    /// <param name="message">One line: what was attempted, what was found, what to do.</param>
    public PgmException(string message) : base(message) { }

    /// <summary>A failure with its cause.</summary>
    /// <param name="message">One line: what was attempted, what was found, what to do.</param>
    /// <param name="inner">The cause; it does not cross the wire.</param>
    public PgmException(string message, Exception inner) : base(message, inner) { }

    /// <summary>Of which kind it is.</summary>
    [Id(0)]
    public PgmErrorCode Code { get; init; }
}
