namespace PgmCluster.Contracts.Errors;

/// <summary>
/// The request itself is refused: it is wrong (unknown name, bad value, damaged input), or contradicts what is there
/// (<see cref="PgmErrorCode.Conflict"/>), or comes too early (<see cref="PgmErrorCode.NotReady"/>). Nothing was changed.
/// </summary>
[GenerateSerializer, Alias("pgm.InvalidRequestException")]
public sealed class InvalidRequestException : PgmException
{
    /// <summary>A refusal.</summary>
    /// <param name="message">One line: what was attempted, what was found, what to do.</param>
    public InvalidRequestException(string message) : base(message) => Code = PgmErrorCode.Invalid;

    /// <summary>A refusal with its cause.</summary>
    /// <param name="message">One line: what was attempted, what was found, what to do.</param>
    /// <param name="inner">The cause; it does not cross the wire.</param>
    public InvalidRequestException(string message, Exception inner) : base(message, inner) => Code = PgmErrorCode.Invalid;
}
