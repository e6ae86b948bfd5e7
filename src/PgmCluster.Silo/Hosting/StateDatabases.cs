using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Hosting;

/// <summary>Opens the state database that a silo's options name.</summary>
internal static class StateDatabases
{
    /// <param name="options">Validated.</param>
    /// <param name="notice">Told that the database is waited for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StateDatabaseException">The database cannot be used.</exception>
    public static async Task<IStateDatabase> OpenAsync(SiloOptions options, Action<string> notice, CancellationToken cancellationToken) =>
        options.ReadDatabase() is { } connectionString
            ? await PostgresDatabase.OpenAsync(connectionString, options.DatabaseWait, notice, TimeProvider.System, cancellationToken)
            : StateDatabase.Open(options.StatePath);
}
