namespace PgmCluster.Silo.Tests.Callers;

/// <summary>The log of a silo that runs.</summary>
internal sealed class LogReader(string home)
{
    public string ReadAll() => string.Concat(Directory.GetFiles(Path.Combine(home, "logs")).Select(path =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return new StreamReader(file).ReadToEnd();
    }));
}
