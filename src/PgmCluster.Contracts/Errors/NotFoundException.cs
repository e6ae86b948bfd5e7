namespace PgmCluster.Contracts.Errors;

/// <summary>What the request names does not exist in this cluster.</summary>
[GenerateSerializer, Alias("pgm.NotFoundException")]
public sealed class NotFoundException : PgmException
{
    public NotFoundException(string message) : base(message) => Code = PgmErrorCode.NotFound;
}
