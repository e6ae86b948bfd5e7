namespace PgmCluster.Contracts.Errors;

/// <summary>
/// The request itself is refused: it is wrong (unknown name, bad value, damaged input), or contradicts what is there
/// (<see cref="PgmErrorCode.Conflict"/>), or comes too early (<see cref="PgmErrorCode.NotReady"/>). Nothing was changed.
/// </summary>
[GenerateSerializer, Alias("pgm.InvalidRequestException")]
public sealed class InvalidRequestException : PgmException
{
    public InvalidRequestException(string message) : base(message) => Code = PgmErrorCode.Invalid;

    public InvalidRequestException(string message, Exception inner) : base(message, inner) => Code = PgmErrorCode.Invalid;
}
