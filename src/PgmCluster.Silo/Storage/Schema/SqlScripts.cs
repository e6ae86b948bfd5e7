using System.Text;

namespace PgmCluster.Silo.Storage.Schema;

/// <summary>The SQL files of one directory of <c>deploy/sql</c>, which are embedded into this assembly.</summary>
internal sealed class SqlScripts
{
    private const string StatementMarker = "-- statement:";

    /// <summary>First line of a migration that only adds: silos of the version before go on beside it.</summary>
    private const string BesideMarker = "-- beside the version before";
    private readonly string _prefix;

    private SqlScripts(string directory)
    {
        _prefix = $"sql.{directory}.";
        Migrations = LoadMigrations();
        Statements = LoadStatements();
    }

    /// <summary>For SQLite.</summary>
    public static SqlScripts Sqlite { get; } = new("sqlite");

    /// <summary>For PostgreSQL.</summary>
    public static SqlScripts Postgres { get; } = new("postgres");

    /// <summary>The migrations by number, ascending: file <c>007-name.sql</c> leads from schema version 6 to 7.</summary>
    public IReadOnlyList<Migration> Migrations { get; }

    /// <summary>The schema version this program knows.</summary>
    public int LatestVersion => Migrations[^1].Version;

    /// <summary>Key to text of every statement the cluster framework runs.</summary>
    public IReadOnlyDictionary<string, string> Statements { get; }

    private List<Migration> LoadMigrations()
    {
        var migrations = Names()
            .Where(name => char.IsAsciiDigit(name[_prefix.Length]))
            .Select(name => (Version: int.Parse(name.AsSpan(_prefix.Length, 3)), Sql: Read(name)))
            .Select(file => new Migration(file.Version, file.Sql, file.Sql.StartsWith(BesideMarker, StringComparison.Ordinal)))
            .OrderBy(migration => migration.Version)
            .ToList();
        for (var i = 0; i < migrations.Count; i++)
        {
            if (migrations[i].Version != i + 1)
                throw new InvalidOperationException($"Migration {i + 1} is missing among the embedded files {_prefix}*.");
        }
        return migrations;
    }

    private Dictionary<string, string> LoadStatements()
    {
        var statements = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Names().Where(name => name.StartsWith(_prefix + "statements-", StringComparison.Ordinal)))
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

    private IEnumerable<string> Names() =>
        typeof(SqlScripts).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(_prefix, StringComparison.Ordinal));

    private static string Read(string name)
    {
        using var stream = typeof(SqlScripts).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
