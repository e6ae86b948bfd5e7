using PgmCluster.Data;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Backups;

/// <summary>The state database of a cluster that is there.</summary>
internal static class StateSource
{
    /// <exception cref="BadInputException">There is none.</exception>
    public static IStateDatabase Existing(string attempt, SiloOptions options)
    {
        if (options.ReadDatabase() is { } connectionString) return PostgresDatabase.Existing(connectionString);
        if (File.Exists(options.StatePath)) return StateDatabase.Existing(options.StatePath);
        throw new BadInputException($"{attempt}: there is no state in {options.StatePath}. Name the home with --home, or its database.");
    }
}
