namespace PgmCluster.Contracts.Errors;

/// <summary>The request itself is wrong (unknown name, bad value, damaged input). Repeating it cannot help; nothing was changed.</summary>
[GenerateSerializer, Alias("pgm.InvalidRequestException")]
public sealed class InvalidRequestException : PgmException
{
    public InvalidRequestException(string message) : base(message) { }

    public InvalidRequestException(string message, Exception inner) : base(message, inner) { }
}
