using System.Data.Common;
using System.Text.Json;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Catalog;
using PgmCluster.Silo.Storage.Json;

namespace PgmCluster.Silo.Storage.Catalog;

/// <inheritdoc cref="ICatalogStore"/>
/// <remarks>
/// Each row holds its entry as JSON, like grain state, so that an entry may get members without a change of the table; what is searched
/// by stands in columns.
/// </remarks>
/// <param name="table">The database.</param>
/// <param name="stateId"><see cref="StateOwner.StateId"/>.</param>
internal sealed class CatalogStore(StateTable table, string stateId) : ICatalogStore
{
    // A name that is there is changed by its own kind alone, also where two come at once.
    private const string PutEntry = """
        INSERT INTO PgmCatalog
            (StateId, Catalog, Name, Kind, Owner, AtRest, Phase, CreatedAt, ChangedAt, DueAt, Failures, Trouble, State, Labels)
        VALUES (@StateId, @Catalog, @Name, @Kind, @Owner, @AtRest, @Phase, @CreatedAt, @ChangedAt, @DueAt, 0, NULL, @State, @Labels)
        ON CONFLICT (StateId, Catalog, Name) DO UPDATE SET
            Kind = excluded.Kind, Owner = excluded.Owner, AtRest = excluded.AtRest, Phase = excluded.Phase,
            CreatedAt = excluded.CreatedAt, ChangedAt = excluded.ChangedAt, DueAt = excluded.DueAt, Failures = 0, Trouble = NULL,
            State = excluded.State, Labels = COALESCE(PgmCatalog.Labels, excluded.Labels)
        WHERE (PgmCatalog.Kind = excluded.Kind OR PgmCatalog.Kind = -1) AND PgmCatalog.Retention <> 2
        """;

    /// <summary>What stands in columns alone is kept where an entry says the same.</summary>
    private const string PutChanged = $"{PutEntry} AND PgmCatalog.State <> excluded.State";

    private const string Of =
        "SELECT State, Owner, Phase, ChangedAt, Trouble, Retention, Labels FROM PgmCatalog WHERE StateId = @StateId AND Catalog = @Catalog";

    private const string Entry = $"{Of} AND Retention <> 2";

    private const string MarkEntry = """
        UPDATE PgmCatalog SET Retention = @Mark
         WHERE StateId = @StateId AND Catalog = @Catalog AND Name = @Name AND Retention = @Seen AND (@Mark <> 2 OR AtRest = 1)
        """;

    public async Task<bool> Put(string catalog, CatalogEntry entry, DateTimeOffset due) =>
        await table.WriteRow("write the catalog in", Statement(PutEntry, catalog, entry, due), entry.Name) == 1;

    public Task PutAll(string catalog, IReadOnlyCollection<CatalogEntry> entries, DateTimeOffset due) =>
        table.WriteAll("write the catalog in",
        [
            .. entries.OrderBy(e => e.Name, StringComparer.Ordinal).Select(e => Statement(PutChanged, catalog, e, due)),
        ]);

    public async Task<CatalogEntry?> Find(string catalog, string name) => (await table.Read(
        "read the catalog in", $"{Entry} AND Name = @Name", Read, [.. Key(catalog), ("@Name", name)])).FirstOrDefault();

    public async Task<CatalogPage> Page(string catalog, CatalogQuery query)
    {
        var (sql, parameters) = CatalogPages.Select(Entry, query);
        var found = await table.Read("read the catalog in", sql, Read, [.. Key(catalog), .. parameters]);
        return CatalogPages.Of(found, query);
    }

    public async Task<IReadOnlyList<CatalogEntry>> MadeFrom(string catalog, string name, DateTimeOffset since)
    {
        // The pattern leaves little to look at; it may take a name for another.
        var found = await table.Read(
            "read the catalog in",
            $"{Entry} AND State LIKE @Named AND AtRest = 0 UNION ALL {Entry} AND State LIKE @Named AND AtRest = 1 AND CreatedAt >= @Since",
            Read, [.. Key(catalog), ("@Named", $"%{JsonSerializer.Serialize(name)}%"), ("@Since", since.UtcTicks)]);
        return [.. found.Where(e => e.MadeFrom.Contains(name)).OrderBy(e => e.CreatedAt)];
    }

    public async Task<int> CountGoingOn(string catalog, string owner) => (await table.Read(
        "read the catalog in",
        "SELECT COUNT(*) FROM PgmCatalog WHERE StateId = @StateId AND Catalog = @Catalog AND AtRest = 0 AND COALESCE(Owner, '') = @Owner",
        reader => (int)reader.GetInt64(0), [.. Key(catalog), ("@Owner", owner)])).Single();

    public async Task<bool> Mark(string catalog, string name, EntryMark seen, EntryMark mark, DateTimeOffset? changedAt = null)
    {
        (string, object)[] parameters = [.. Key(catalog), ("@Name", name), ("@Seen", (int)seen), ("@Mark", (int)mark)];
        var statement = changedAt is { } at
            ? new Statement($"{MarkEntry} AND ChangedAt = @ChangedAt", [.. parameters, ("@ChangedAt", at.UtcTicks)])
            : new Statement(MarkEntry, parameters);
        return await table.Write("change the catalog in", statement) == 1;
    }

    public async Task<IReadOnlyList<CatalogEntry>> Deleting(string catalog, int most) => await table.Read(
        "read the catalog in", $"{Of} AND Retention = 2 LIMIT @Most", Read, [.. Key(catalog), ("@Most", most)]);

    public Task Remove(string catalog, string name) => table.Write("change the catalog in", new Statement(
        "DELETE FROM PgmCatalog WHERE StateId = @StateId AND Catalog = @Catalog AND Name = @Name",
        [.. Key(catalog), ("@Name", name)]));

    private (string, object)[] Key(string catalog) => [("@StateId", stateId), ("@Catalog", catalog)];

    private Statement Statement(string sql, string catalog, CatalogEntry entry, DateTimeOffset due) => new(sql,
    [
        .. Key(catalog),
        ("@Name", entry.Name),
        ("@Kind", entry.JobKind is { } kind ? (int)kind : -1),
        ("@Owner", (object?)entry.Owner ?? DBNull.Value),
        ("@AtRest", entry.AtRest ? 1 : 0),
        ("@Phase", entry is { AtRest: true, Phase: { } phase } ? (int)phase : -1),
        ("@CreatedAt", entry.CreatedAt.UtcTicks),
        ("@ChangedAt", entry.ChangedAt.UtcTicks),
        ("@DueAt", entry.AtRest ? DBNull.Value : due.UtcTicks),
        ("@State", JsonSerializer.Serialize(entry, JsonGrainStateSerializer.Options)),
        ("@Labels", LabelColumn.Of(entry.Labels)),
    ]);

    private static CatalogEntry Read(DbDataReader reader)
    {
        // UTF-8, as it is stored: a string would be made of it and unmade again.
        var entry = JsonSerializer.Deserialize<CatalogEntry>(reader.GetFieldValue<byte[]>(0), JsonGrainStateSerializer.Options)
            ?? throw new JsonException("Reading an entry of the catalog: found null. Remove that row.");
        return entry with
        {
            Owner = reader.IsDBNull(1) ? null : reader.GetString(1),
            Phase = reader.GetInt32(2) is >= 0 and var phase ? (JobPhase)phase : null,
            ChangedAt = new DateTimeOffset(reader.GetInt64(3), TimeSpan.Zero),
            Trouble = reader.IsDBNull(4) ? null : reader.GetString(4),
            Kept = reader.GetInt32(5) == (int)EntryMark.Kept,
            Labels = reader.IsDBNull(6) ? null : LabelColumn.Read(reader.GetString(6)),
        };
    }
}
