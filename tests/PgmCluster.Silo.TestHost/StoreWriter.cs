using PgmCluster.Data.Artifacts.Opening;

/// <summary>Writes an artifact of zeros, in a process that tests can kill.</summary>
internal static class StoreWriter
{
    public static async Task<int> RunAsync(string place, string cache, string name, int megabytes)
    {
        var store = ArtifactStores.Open(place, cache);
        var zeros = new byte[1 << 20];
        var info = await store.WriteAsync(name, async (stream, ct) =>
        {
            for (var i = 0; i < megabytes; i++) await stream.WriteAsync(zeros, ct);
        }, default);
        Console.WriteLine($"WRITTEN {info.Size} {info.Sha256}");
        return 0;
    }
}
