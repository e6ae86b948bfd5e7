using System.Globalization;
using System.Text;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Data;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Copies;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>A cluster's state from SQLite to PostgreSQL and back.</summary>
[Collection(PostgresCollection.Name)]
public sealed class StateCopyTests(PostgresFixture postgres) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-copy-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Copy_ThereAndBack_EveryRowIsTheSame_AndAnotherClustersAreNotTouched()
    {
        var (home, server, back) = (Sqlite("home"), await postgres.OpenDatabaseAsync(), Sqlite("back"));
        var owner = StateOwner.Claim(home, "pgm", "pgm", _ => { });
        var other = StateOwner.Claim(home, "pgm", "other", _ => { });
        Fill(home, owner.StateId);
        Fill(home, other.StateId);
        // Another has that key there already.
        var present = StateOwner.Claim(server, "pgm", "present", _ => { });
        Fill(server, present.StateId);

        var (rows, there) = await StateCopy.CopyAsync("Trying", home, owner, server, "pgm", "pgm", default);
        Assert.Equal((10, "pgm/pgm", owner.ArtifactId), (rows, there.StateId, there.ArtifactId));
        Assert.Equal(Dump(home, owner.StateId), Dump(server, there.StateId));
        Assert.Equal(Dump(home, other.StateId), Dump(server, present.StateId));

        await StateCopy.CopyAsync("Trying", server, there, back, "pgm", "pgm", default);
        Assert.Equal(Dump(home, owner.StateId), Dump(back, "pgm"));
        Assert.Equal(owner.ArtifactId, StateCopy.RequireOwner("Trying", back, "pgm", "pgm").ArtifactId);

        var refused = await Assert.ThrowsAsync<BadInputException>(
            () => StateCopy.CopyAsync("Trying", home, owner, server, "pgm", "pgm", default));
        Assert.StartsWith("Trying: cluster 'pgm' has state in ", refused.Message, StringComparison.Ordinal);
        Release(home, server, back);
    }

    [Fact]
    public async Task Copy_IsCutOff_LeavesNothing()
    {
        var (home, server) = (Sqlite("home"), await postgres.OpenDatabaseAsync());
        var owner = StateOwner.Claim(home, "pgm", "pgm", _ => { });
        Fill(home, owner.StateId);
        using var cut = new CancellationTokenSource();
        await cut.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => StateCopy.CopyAsync("Trying", home, owner, server, "pgm", "pgm", cut.Token));

        StateCopy.RequireNone("Trying", server, "pgm", "pgm");
        Assert.DoesNotContain("r1", Dump(server, "pgm"));
        Release(home, server);
    }

    [Fact]
    public async Task Copy_IsRefusedWhenAllIsCopied_LeavesNothing()
    {
        var (home, server) = (Sqlite("home"), await postgres.OpenDatabaseAsync());
        var owner = StateOwner.Claim(home, "pgm", "pgm", _ => { });
        Fill(home, owner.StateId);

        await Assert.ThrowsAsync<BadInputException>(() => StateCopy.CopyAsync(
            "Trying", home, owner, server, "pgm", "pgm", default, () => throw new BadInputException("A silo has started.")));

        StateCopy.RequireNone("Trying", server, "pgm", "pgm");
        Assert.DoesNotContain("r1", Dump(server, "pgm"));
        Release(home, server);
    }

    /// <summary>A table or column that comes later is not to be forgotten.</summary>
    [Fact]
    public void Tables_OfTheSchemaThatHoldState_AreAllCopied()
    {
        var home = Sqlite("home");
        using var connection = home.Connect();
        using var command = connection.Command("""
            SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name IN
                   (SELECT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) o WHERE o.name IN ('StateId', 'ServiceId'))
             ORDER BY 1, 2
            """);
        using var reader = command.ExecuteReader();
        var columns = new List<string>();
        while (reader.Read()) columns.Add($"{reader.GetString(0)}.{reader.GetString(1)}");

        // Nothing was ever kept by reminders; an owner and a secret are made anew.
        Assert.Equal(
            StateTables.All.SelectMany(t => t.Columns.Append(t.Owner).Concat(t.WrittenAt is { } w ? [w] : []).Select(c => $"{t.Name}.{c}"))
                .Order(StringComparer.Ordinal),
            columns.Where(c => c.Split('.')[0] is not ("PgmReminder" or "PgmStateOwner" or "PgmClusterSecret"))
                .Order(StringComparer.Ordinal));
    }

    private IStateDatabase Sqlite(string name) => StateDatabase.Open(Path.Combine(_directory, $"{name}.db"));

    private static void Release(params IStateDatabase[] databases)
    {
        foreach (var database in databases) database.Release();
    }

    private static void Fill(IStateDatabase database, string stateId)
    {
        using var connection = database.Connect();
        (string, object)[] own = [("@Id", stateId), ("@Bytes", Encoding.UTF8.GetBytes("{\"größe\":1}"))];
        foreach (var sql in new[]
        {
            "INSERT INTO PgmGrainState (ServiceId, GrainTypeString, GrainTypeHash, GrainIdHash, GrainIdN0, GrainIdN1, "
                + "GrainIdExtensionString, PayloadBinary, Version, ModifiedAt) "
                + "VALUES (@Id, 'probe', -5, 2147483647, 0, 9223372036854775807, 'r1', @Bytes, 7, CURRENT_TIMESTAMP)",
            "INSERT INTO PgmGrainState (ServiceId, GrainTypeString, GrainTypeHash, GrainIdHash, GrainIdN0, GrainIdN1, "
                + "GrainIdExtensionString, PayloadBinary, Version, ModifiedAt) "
                + "VALUES (@Id, 'probe', 1, 2, 3, 4, '', NULL, 8, CURRENT_TIMESTAMP)",
            "INSERT INTO PgmScheduler (StateId, Version, LastLease) VALUES (@Id, 12345678901, 3)",
            "INSERT INTO PgmSchedulerWork (StateId, WorkId, Generation, State, Document) VALUES (@Id, 'r1/u', 2, '{}', 'x''y')",
            "INSERT INTO PgmSchedulerLease (StateId, Worker, Number, State) VALUES (@Id, 'a/cpu:0', 3, '{}')",
            "INSERT INTO PgmSchedulerLoss (StateId, Worker, Number, State) VALUES (@Id, 'a/cpu:0', 2, '{}')",
            "INSERT INTO PgmSchedulerReservation (StateId, Worker, State) VALUES (@Id, 'a/cpu:0', '{}')",
            "INSERT INTO PgmSchedulerUsage (StateId, UserName, State) VALUES (@Id, 'ann', '{}')",
            "INSERT INTO PgmCatalog (StateId, Catalog, Name, Kind, Owner, AtRest, Phase, CreatedAt, ChangedAt, DueAt, Failures, Trouble, "
                + "State, Retention, Labels) "
                + "VALUES (@Id, 'jobs', 'r1', 1, NULL, 1, 3, 638000000000000000, 638000000000000001, NULL, 0, NULL, '{}', 1, '\na=b\n')",
            "INSERT INTO PgmCatalog (StateId, Catalog, Name, Kind, Owner, AtRest, Phase, CreatedAt, ChangedAt, DueAt, Failures, Trouble, "
                + "State, Retention) VALUES (@Id, 'jobs', 'r2', 1, 'ann', 0, -1, 5, 6, 7, 8, 'why', '{}', 0)",
        })
        {
            connection.Execute(sql, own.Where(p => sql.Contains(p.Item1, StringComparison.Ordinal)).ToArray());
        }
    }

    private static string Dump(IStateDatabase database, string stateId)
    {
        using var connection = database.Connect();
        var lines = new List<string>();
        foreach (var table in StateTables.All)
        {
            using var command = connection.Command(table.Select, ("@OfState", stateId));
            using var reader = command.ExecuteReader();
            while (reader.Read())
                lines.Add(
                    $"{table.Name}: {string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Text(reader.GetValue(i))))}");
        }
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static string Text(object value) => value switch
    {
        DBNull => "null",
        byte[] bytes => Convert.ToHexString(bytes),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
