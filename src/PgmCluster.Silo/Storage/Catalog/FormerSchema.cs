using PgmCluster.Grains.Catalog;
using PgmCluster.Silo.Storage.Catalog;
using PgmCluster.Silo.Storage.Schema;
using PgmCluster.Silo.Versions;

namespace PgmCluster.Silo.Storage.Catalog;

/// <inheritdoc cref="IFormerSchema"/>
/// <param name="table">The database.</param>
internal sealed class FormerSchema(StateTable table) : IFormerSchema
{
    /// <summary>The step that made rows of the catalogs.</summary>
    public const int OfCatalogs = 4;

    private const string Raise = """
        UPDATE PgmSchema SET Version = @Version, ModifiedAt = CURRENT_TIMESTAMP, ModifiedBy = @By
         WHERE Version < @Version AND EXISTS (SELECT 1 FROM PgmSchemaBeside WHERE Version = @Version)
        """;

    public async Task<DateTimeOffset?> OpenSince()
    {
        var opened = await table.Read(
            "read who may use", "SELECT OpenedAt FROM PgmSchemaBeside WHERE Version = @Version", reader => reader.GetInt64(0),
            ("@Version", OfCatalogs));
        return opened.Count == 0 ? null : new DateTimeOffset(opened[0], TimeSpan.Zero);
    }

    public Task Close() => table.WriteAll("have programs of before refused by",
    [
        new Statement(Raise, [("@Version", OfCatalogs), ("@By", ProductVersion.Current)]),
        new Statement(SchemaVersions.ForgetBeside, [("@Version", OfCatalogs)]),
    ]);
}
