using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Hosting;

/// <summary>What of the state database is behind an exception, whatever it was wrapped in on its way.</summary>
internal static class DatabaseTroubles
{
    /// <returns>Null where nothing of the database is behind it.</returns>
    public static StateDatabaseException? Find(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is StateDatabaseException described) return described;
        }
        const string Attempt = "use", Name = "the state database";
        if (PostgresErrors.Find(exception) is { } postgres) return PostgresErrors.Describe(Attempt, Name, postgres);
        return SqliteErrors.Find(exception) is { } sqlite ? SqliteErrors.Describe(Attempt, Name, sqlite) : null;
    }
}
