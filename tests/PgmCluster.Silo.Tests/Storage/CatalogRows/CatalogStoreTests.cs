using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Catalog;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Tests.Storage.CatalogRows;

/// <summary>The catalogs in an SQLite file.</summary>
public sealed class CatalogStoreTests : CatalogStoreContract
{
    private readonly TemporaryHome _home = new();

    public static TheoryData<string, bool?, JobKind?, string?> Queries => new()
    {
        { "PgmCatalogByTime", null, null, null },
        { "PgmCatalogByTime", null, null, "5/run" },
        { "PgmCatalogByKind", null, JobKind.Pull, null },
        { "PgmCatalogByKind", true, JobKind.Pull, "5/run" },
        { "PgmCatalogNotAtRest", false, null, null },
        { "PgmCatalogNotAtRest", false, null, "5/run" },
    };

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _home.Dispose();
    }

    /// <summary>Neither all rows are gone through nor sorted: a page costs the same among ten jobs and among a million.</summary>
    [Theory]
    [MemberData(nameof(Queries))]
    public void Page_AnyQuery_IsAnsweredByAnIndex(string index, bool? atRest, JobKind? kind, string? after)
    {
        var (sql, parameters) = CatalogPages.Select(
            "EXPLAIN QUERY PLAN SELECT State FROM PgmCatalog WHERE StateId = @StateId AND Catalog = @Catalog",
            new CatalogQuery { AtRest = atRest, Kind = kind, After = after });
        using var connection = Database.Connect();
        using var command = connection.Command(sql, [("@StateId", "pgm"), ("@Catalog", "jobs"), .. parameters]);
        using var reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read()) plan.Add(reader.GetString(3));

        Assert.StartsWith($"SEARCH PgmCatalog USING INDEX {index} ", plan[0]);
        // Those that are not at rest are few.
        Assert.Equal(atRest == false, plan.Any(step => step.Contains("TEMP B-TREE", StringComparison.Ordinal)));
    }

    /// <summary>What has no labels costs nothing.</summary>
    [Fact]
    public void Page_WithLabels_LooksAtLabelledJobsAlone()
    {
        var (sql, parameters) = CatalogPages.Select(
            "EXPLAIN QUERY PLAN SELECT State FROM PgmCatalog WHERE StateId = @StateId AND Catalog = @Catalog",
            new CatalogQuery { Labels = new Dictionary<string, string> { ["a"] = "b" }, After = "5/run" });
        using var connection = Database.Connect();
        using var command = connection.Command(sql, [("@StateId", "pgm"), ("@Catalog", "jobs"), .. parameters]);
        using var reader = command.ExecuteReader();

        Assert.True(reader.Read());
        Assert.StartsWith("SEARCH PgmCatalog USING INDEX PgmCatalogLabelled ", reader.GetString(3));
        Assert.False(reader.Read());
    }

    /// <summary>What wakes jobs looks at those that are not at rest alone.</summary>
    [Fact]
    public void ReadDue_IsAnsweredByTheIndexOfWhatIsNotAtRest()
    {
        using var connection = Database.Connect();
        using var command = connection.Command(
            $"EXPLAIN QUERY PLAN {DueJobStore.ReadDue}", ("@StateId", "pgm"), ("@Now", 5L), ("@Ahead", 7L), ("@Most", 10));
        using var reader = command.ExecuteReader();
        while (reader.Read()) Assert.DoesNotContain("SCAN", reader.GetString(3), StringComparison.Ordinal);
    }

    protected override Task<IStateDatabase> OpenAsync() => Task.FromResult<IStateDatabase>(StateDatabase.Open(_home.DatabasePath));
}
