using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>Membership in an SQLite file.</summary>
public sealed class MembershipTableTests : MembershipTableContract
{
    private readonly TemporaryHome _home = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _home.Dispose();
    }

    protected override Task<IStateDatabase> OpenAsync() => Task.FromResult<IStateDatabase>(StateDatabase.Open(_home.DatabasePath));
}
