using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>The version before in an SQLite file.</summary>
public sealed class FormerSchemaTests : FormerSchemaContract
{
    private readonly TemporaryHome _home = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _home.Dispose();
    }

    protected override Task<IStateDatabase> OpenAsync() => OpenAgainAsync();

    protected override Task<IStateDatabase> OpenAgainAsync() =>
        Task.FromResult<IStateDatabase>(StateDatabase.Open(_home.DatabasePath));
}
