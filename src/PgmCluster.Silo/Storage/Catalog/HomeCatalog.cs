using Microsoft.Data.Sqlite;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Silo.Storage.Catalog;

/// <summary>The catalogs of a home whose state is SQLite, read from the file: without a silo, and beside one that writes.</summary>
public static class HomeCatalog
{
    /// <param name="file">The state database.</param>
    /// <param name="catalog">Key of the catalog: <c>jobs</c> or <c>datasets</c>.</param>
    /// <param name="kind">Only these; null for all.</param>
    /// <param name="most">The most of them.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The names, what was made last first.</returns>
    /// <exception cref="SqliteException">The file is none of ours, is damaged or may not be read.</exception>
    public static async Task<IReadOnlyList<string>> NamesAsync(
        string file, string catalog, JobKind? kind, int most, CancellationToken cancellation)
    {
        var source = new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = 1 };
        await using var connection = new SqliteConnection(source.ToString());
        await connection.OpenAsync(cancellation);
        await using var command = connection.CreateCommand();
        // A file holds the state of one cluster; naming it lets the index by time serve.
        command.CommandText =
            "SELECT Name FROM PgmCatalog WHERE StateId = (SELECT StateId FROM PgmCatalog LIMIT 1) AND Catalog = @Catalog "
            + $"{(kind is null ? "" : "AND Kind = @Kind ")}ORDER BY CreatedAt DESC, Name DESC LIMIT @Most";
        command.Parameters.AddWithValue("@Catalog", catalog);
        if (kind is { } wanted) command.Parameters.AddWithValue("@Kind", (int)wanted);
        command.Parameters.AddWithValue("@Most", most);
        var names = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) names.Add(rows.GetString(0));
        return names;
    }
}
