namespace PgmCluster.Silo.Tests.Storage;

/// <summary>Two clusters in one SQLite file.</summary>
public sealed class TwoClustersTests : TwoClustersContract
{
    protected override Task<string> DatabaseAsync() => Task.FromResult("");
}
