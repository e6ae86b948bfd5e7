using PgmCluster.TestSupport;

namespace PgmCluster.Modeling.Tests.Golden.Recorded;

[Trait("Category", "Golden")]
public class RecordedNumbersTests
{
    private static readonly string Shipped = Path.Combine(RepositoryRoot.Path, "src", "PgmCluster.Execution", "Doctor", "Recorded");

    /// <summary><c>PGM_WRITE_RECORDED=1</c> writes the files anew instead.</summary>
    [Fact]
    public void Files_ThatShip_HoldExactlyTheGoldenNumbers()
    {
        if (Environment.GetEnvironmentVariable("PGM_GOLDEN") is { Length: > 0 })
            throw GoldenData.Skipped("what ships was taken from the repository's own sets, and PGM_GOLDEN names others");
        if (Environment.GetEnvironmentVariable("PGM_WRITE_RECORDED") == "1") RecordedNumbers.WriteTo(Shipped);
        var directory = Directory.CreateTempSubdirectory("pgm-recorded-").FullName;
        try
        {
            RecordedNumbers.WriteTo(directory);
            var names = Directory.GetFiles(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray();
            Assert.Equal(names, Directory.GetFiles(Shipped).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            byte[] Bytes(string where, string? name) => File.ReadAllBytes(Path.Combine(where, name!));
            Assert.All(names, name => Assert.Equal(Bytes(directory, name), Bytes(Shipped, name)));
            Assert.True(Directory.GetFiles(Shipped).Sum(f => new FileInfo(f).Length) < 3_000_000, "what ships takes 3 MB or more");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
