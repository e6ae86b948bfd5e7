using PgmCluster.Data.Artifacts;

namespace PgmCluster.Data.Tests.Artifacts;

public sealed class DurableTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-durable-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void CreateDirectory_AFileIsInItsPlace_IsRefused()
    {
        var path = Path.Combine(_directory, "file");
        File.WriteAllText(path, "");

        var e = Assert.Throws<IOException>(() => Durable.CreateDirectory(path));

        Assert.Contains("file", e.Message);
    }
}
