using System.Text;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>The records that a collection looks through.</summary>
public sealed class StoredRecordsTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    /// <summary>A million jobs at rest are more than memory holds.</summary>
    [Fact]
    public async Task Read_MoreThanMemoryHolds_IsNeverThereAtOnce()
    {
        const int Records = 100, Characters = 1 << 20;
        var database = StateDatabase.Open(_home.DatabasePath);
        using (var connection = database.Connect())
        {
            using var transaction = connection.BeginTransaction();
            for (var i = 0; i < Records; i++) Insert(connection, $"r{i}", new string('x', Characters));
            transaction.Commit();
        }
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var (read, most) = (0, 0L);
        await foreach (var record in new StoredRecords(database, "pgm").Read(default))
        {
            Assert.Equal(Characters, record.Json.Length);
            if (++read % 20 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        Assert.Equal(Records, read);
        // All would be 2 bytes a character.
        Assert.InRange(most, long.MinValue, Records * 2L * Characters / 2);
        database.Release();
    }

    /// <summary>What is written while somebody reads is not seen, and waits for nobody.</summary>
    [Fact]
    public async Task Read_WhileOthersWrite_GivesWhatWasThereAtOneMoment()
    {
        var database = StateDatabase.Open(_home.DatabasePath);
        using var connection = database.Connect();
        for (var i = 0; i < 30; i++) Insert(connection, $"r{i:00}", "{}");

        var seen = new List<string>();
        await foreach (var record in new StoredRecords(database, "pgm").Read(default))
        {
            if (seen.Count == 0)
            {
                connection.Execute("DELETE FROM PgmGrainState WHERE GrainIdExtensionString = 'r29'");
                connection.Execute(
                    "INSERT INTO PgmSchedulerWork (StateId, WorkId, Generation, State, Document) VALUES ('pgm', 'r29', 1, '{}', '{}')");
            }
            seen.Add($"{record.Kind} {record.Key}");
        }

        Assert.Equal(30, seen.Count);
        Assert.Contains("probe r29", seen);
        database.Release();
    }

    private static void Insert(System.Data.Common.DbConnection connection, string key, string json) => connection.Execute(
        """
        INSERT INTO PgmGrainState (ServiceId, GrainTypeString, GrainTypeHash, GrainIdHash, GrainIdN0, GrainIdN1, GrainIdExtensionString,
            PayloadBinary, Version, ModifiedAt)
        VALUES ('pgm', 'probe', 1, @Hash, 0, 0, @Key, @Json, 1, '')
        """, ("@Hash", key.GetHashCode()), ("@Key", key), ("@Json", Encoding.UTF8.GetBytes(json)));
}
