using System.Globalization;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Catalog;
using PgmCluster.Silo.Storage.Schema;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>A database of the version before catalogs were rows, whatever the database: its silos know schema 3 and refuse more.</summary>
public abstract class FormerSchemaContract : StateDatabaseContract
{
    [Fact]
    public async Task Open_DatabaseOfTheVersionBefore_IsUsedByBothUntilItIsClosed()
    {
        using (var connection = Database.Connect())
        {
            connection.Execute("DROP TABLE PgmCatalog");
            connection.Execute("DROP TABLE PgmSchedulerLoss");
            connection.Execute("DROP TABLE PgmSchemaBeside");
            connection.Execute("UPDATE PgmSchema SET Version = 3");
        }
        Database.Release();

        var upgraded = await OpenAgainAsync();
        var schema = new FormerSchema(new StateTable(upgraded, new WriterQueue(upgraded, TimeProvider.System)));
        Assert.Equal(3, Number(upgraded, SchemaVersions.Required));
        var since = await schema.OpenSince();
        Assert.NotNull(since);
        (await OpenAgainAsync()).Release();
        Assert.Equal((3, since), (Number(upgraded, SchemaVersions.Required), await schema.OpenSince()));

        await schema.Close();
        await schema.Close();
        // Later steps, which programs of 4 need not know either, stay beside it.
        Assert.Equal(
            (4, SqlScripts.Sqlite.LatestVersion), (Number(upgraded, SchemaVersions.Required), Number(upgraded, SchemaVersions.Beside)));
        Assert.Null(await schema.OpenSince());
        (await OpenAgainAsync()).Release();
        Assert.Equal(4, Number(upgraded, SchemaVersions.Required));
    }

    [Fact]
    public async Task Open_NewDatabase_WasNeverOfTheVersionBefore()
    {
        var schema = new FormerSchema(new StateTable(Database, new WriterQueue(Database, TimeProvider.System)));
        Assert.Null(await schema.OpenSince());
        await schema.Close();
        Assert.Equal(SqlScripts.Sqlite.LatestVersion, Number(Database, SchemaVersions.Required));
    }

    /// <summary>The same database once more, by what knows the newest schema.</summary>
    protected abstract Task<IStateDatabase> OpenAgainAsync();

    private static int Number(IStateDatabase database, string sql)
    {
        using var connection = database.Connect();
        using var command = connection.Command(sql);
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
