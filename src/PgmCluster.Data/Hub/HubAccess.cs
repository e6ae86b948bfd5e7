using PgmCluster.Data.Downloads;

namespace PgmCluster.Data.Hub;

/// <summary>How this process asks the Hub, and where it keeps what it fetches.</summary>
/// <param name="places">Where pulled files lie.</param>
/// <param name="variable">Reads an environment variable: where the Hub is and who asks, see <see cref="HubOptions.Of"/>.</param>
/// <param name="userHome">The user's home directory.</param>
/// <param name="firstPause">Before the first repetition of what failed; each further one takes about twice as long.</param>
public sealed class HubAccess(HubPlaces places, Func<string, string?> variable, string userHome, TimeSpan firstPause) : IDisposable
{
    private readonly HttpClient _http = DownloadHttp.Create(firstPause);

    public HubPlaces Places => places;

    /// <summary>Asks the Hub. The token is read anew each time, since a mounted secret may be replaced; it is kept nowhere else.</summary>
    /// <exception cref="BadInputException">The environment names no address, or a token file that cannot be read.</exception>
    public HubClient Client() => new(_http, HubOptions.Of(variable, userHome));

    /// <summary>Fetches files.</summary>
    /// <param name="waits">Told in one line what is waited for, and null when it goes on.</param>
    /// <exception cref="BadInputException">As <see cref="Client"/>.</exception>
    public HubDownload Download(Action<string?> waits) => new(Client(), firstPause, waits);

    public void Dispose() => _http.Dispose();
}
