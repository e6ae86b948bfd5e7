namespace PgmCluster.Data.Tests.Tls;

/// <summary>A clock that is so far from the machine's.</summary>
internal sealed class OtherTime(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;
}
