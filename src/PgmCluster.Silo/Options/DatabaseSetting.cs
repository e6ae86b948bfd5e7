using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Storage.Postgres;

namespace PgmCluster.Silo.Options;

/// <summary>
/// The settings <c>Pgm:Database</c> and <c>Pgm:DatabaseFile</c>. Messages tell nothing of their content, which holds a password.
/// </summary>
internal static class DatabaseSetting
{
    private const string Form = "use Host=...;Database=...;Username=...;Password=...";

    /// <returns>The connection string, or null where neither is set.</returns>
    /// <exception cref="SiloOptionsException">Both are set, the file cannot be read, or it is no connection string.</exception>
    public static string? Read(string database, string file)
    {
        if (database.Length > 0 && file.Length > 0)
            throw new SiloOptionsException(["Pgm:Database and Pgm:DatabaseFile are both set: use one of them"]);
        if (file.Length > 0) return Check("Pgm:DatabaseFile holds", ReadFile(file));
        return database.Length > 0 ? Check("Pgm:Database is", database) : null;
    }

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SiloOptionsException(
                [$"Pgm:DatabaseFile is {file}, which cannot be read ({e.Message.TrimEnd('.')}): "
                + "name a readable file with the connection string"]);
        }
    }

    private static string Check(string where, string connectionString) => PostgresDatabase.Problem(connectionString) is { } problem
        ? throw new SiloOptionsException([$"{where} a connection string that {problem}: {Form}"])
        : connectionString;
}
