namespace PgmCluster.Silo.Tests;

/// <summary>A directory that is removed with its contents.</summary>
public sealed class TemporaryHome : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pgm-silo-tests-").FullName;

    public string DatabasePath => System.IO.Path.Combine(Path, "state", "pgm.db");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
