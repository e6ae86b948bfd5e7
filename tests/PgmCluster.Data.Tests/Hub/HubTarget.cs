using PgmCluster.Data.Downloads;
using PgmCluster.Data.Hub;
using PgmCluster.TestSupport.Hub;

namespace PgmCluster.Data.Tests.Hub;

/// <summary>A directory that files of a Hub on loopback go to, and who asks for them.</summary>
public abstract class HubTarget : IDisposable
{
    private readonly HttpClient _http = DownloadHttp.Create(TimeSpan.FromMilliseconds(1));

    /// <summary>The repository of <see cref="HubServer.StartAsync"/>.</summary>
    internal static HubRepository Repository => HubRepository.Of(HubKind.Dataset, "o/d");

    internal static byte[] Shard { get; } = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 >> 3))];

    internal TemporaryDirectory Files { get; } = new();

    public void Dispose()
    {
        _http.Dispose();
        Files.Dispose();
        GC.SuppressFinalize(this);
    }

    internal HubClient Client(HubServer server, bool hasToken = true) =>
        new(_http, new HubOptions(server.Address, hasToken ? HubServer.Token : null));

    internal HubDownload Download(HubServer server) => new(Client(server), TimeSpan.FromMilliseconds(1));

    internal string Target(HubFile file) => Files.File(file.Path);
}
