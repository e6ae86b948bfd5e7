using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Tests.Storage;

public sealed class DatabaseCommandsTests
{
    [Fact]
    public void Chunks_AreCutByBytesAndByStatements_InOrder()
    {
        byte[] large = new byte[3 << 20], huge = new byte[9 << 20];
        object[] values = [large, "a", huge, large, large, .. Enumerable.Range(0, 1000).Select(object (i) => i)];
        var statements = values.Select(value => new Statement("", [("@Value", value)])).ToList();

        var chunks = DatabaseCommands.Chunks(statements).ToList();

        Assert.Equal([2, 1, 1, 500, 500, 1], chunks.Select(c => c.Count));
        Assert.Equal(statements, chunks.SelectMany(c => c));
    }
}
