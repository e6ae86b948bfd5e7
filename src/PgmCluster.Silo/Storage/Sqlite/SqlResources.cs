using System.Text;

namespace PgmCluster.Silo.Storage.Sqlite;

/// <summary>The SQL files of <c>deploy/sql/sqlite</c>, which are embedded into this assembly.</summary>
internal static class SqlResources
{
    private const string Prefix = "sql.sqlite.";
    private const string StatementMarker = "-- statement:";

    /// <summary>The migrations by number, ascending: file <c>007-name.sql</c> leads from schema version 6 to 7.</summary>
    public static IReadOnlyList<(int Version, string Sql)> Migrations { get; } = LoadMigrations();

    /// <summary>The schema version this program knows.</summary>
    public static int LatestVersion => Migrations[^1].Version;

    /// <summary>Key to text of every statement the cluster framework runs.</summary>
    public static IReadOnlyDictionary<string, string> Statements { get; } = LoadStatements();

    private static List<(int, string)> LoadMigrations()
    {
        var migrations = Names()
            .Where(name => char.IsAsciiDigit(name[Prefix.Length]))
            .Select(name => (Version: int.Parse(name.AsSpan(Prefix.Length, 3)), Sql: Read(name)))
            .OrderBy(migration => migration.Version)
            .ToList();
        for (var i = 0; i < migrations.Count; i++)
        {
            if (migrations[i].Version != i + 1) throw new InvalidOperationException($"Migration {i + 1} is missing among the embedded SQL files.");
        }
        return migrations;
    }

    private static Dictionary<string, string> LoadStatements()
    {
        var statements = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Names().Where(name => name.StartsWith(Prefix + "statements-", StringComparison.Ordinal)))
        {
            string? key = null;
            var text = new StringBuilder();
            foreach (var line in Read(name).Split('\n'))
            {
                if (line.StartsWith(StatementMarker, StringComparison.Ordinal))
                {
                    Finish();
                    key = line[StatementMarker.Length..].Trim();
                }
                else if (!line.StartsWith("--", StringComparison.Ordinal))
                {
                    text.Append(line).Append('\n');
                }
            }
            Finish();

            void Finish()
            {
                if (key is not null) statements.Add(key, text.ToString().Trim());
                text.Clear();
            }
        }
        return statements;
    }

    private static IEnumerable<string> Names() =>
        typeof(SqlResources).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal));

    private static string Read(string name)
    {
        using var stream = typeof(SqlResources).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
