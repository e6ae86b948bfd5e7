namespace PgmCluster.Contracts.Errors;

/// <summary>What the request names does not exist in this cluster.</summary>
[GenerateSerializer, Alias("pgm.NotFoundException")]
public sealed class NotFoundException : PgmException
{
    /// <summary>A refusal.</summary>
    /// <param name="message">One line: what does not exist, and where it could come from.</param>
    public NotFoundException(string message) : base(message) => Code = PgmErrorCode.NotFound;
}
