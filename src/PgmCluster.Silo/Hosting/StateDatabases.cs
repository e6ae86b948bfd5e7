using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Hosting;

/// <summary>Opens the state database that a silo's options name.</summary>
internal static class StateDatabases
{
    /// <param name="options">Validated.</param>
    /// <param name="notice">Told that the database is waited for, and later that its connection string was changed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StateDatabaseException">The database cannot be used.</exception>
    public static async Task<IStateDatabase> OpenAsync(
        SiloOptions options, Action<string> notice, TimeProvider time, CancellationToken cancellationToken) =>
        options.ReadDatabase() is { } connectionString
            ? await PostgresDatabase.OpenAsync(
                () => Read(options, connectionString), options.DatabaseWait, notice, time, cancellationToken)
            : StateDatabase.Open(options.StatePath);

    private static string Read(SiloOptions options, string former)
    {
        try
        {
            return options.ReadDatabase() ?? former;
        }
        catch (SiloOptionsException e)
        {
            throw new StateDatabaseException(StateDatabaseFailure.Other, string.Join("; ", e.Problems));
        }
    }
}
