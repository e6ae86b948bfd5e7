using PgmCluster.Data.Downloads;

namespace PgmCluster.Data.Hub;

/// <summary>
/// Fetches files of the Hub, each so that it goes on at the next byte, whatever ended the transfer before; with the size and hash that the
/// Hub lists, or not at all.
/// </summary>
/// <param name="client">Asks the Hub.</param>
/// <param name="firstPause">Before a broken transfer is taken up again; each further one without any byte takes twice as long.</param>
/// <param name="waits">Told in one line what is waited for, and null when it goes on.</param>
public sealed class HubDownload(HubClient client, TimeSpan? firstPause = null, Action<string?>? waits = null)
{
    private readonly ResumedDownload _download = new(firstPause, waits);

    /// <summary>
    /// Fetches a file unless it is there already with the right length and hash; waits where somebody else fetches it to the same place.
    /// </summary>
    /// <param name="snapshot">Where it is.</param>
    /// <param name="file">Which.</param>
    /// <param name="path">Where it goes. Its directory is made if need be.</param>
    /// <param name="progress">Told how many bytes of the file are here.</param>
    /// <param name="cancellation">Ends the transfer; what came stays.</param>
    /// <returns>Bytes that were transferred.</returns>
    /// <exception cref="BadInputException">The file is not there or must not be read.</exception>
    /// <exception cref="DownloadException">The Hub breaks off again and again, or what came is not what it lists.</exception>
    public Task<long> FetchAsync(
        HubSnapshot snapshot, HubFile file, string path, IProgress<long>? progress = null, CancellationToken cancellation = default) =>
        _download.FetchAsync(
            HubClient.Remote(snapshot, file), path, (offset, tag, ct) => client.OpenAsync(snapshot, file, offset, tag, ct), progress,
            cancellation);

    /// <summary>Bytes of a file that are here, whole or begun; nothing of them is read.</summary>
    public static long Here(HubFile file, string path)
    {
        var whole = new FileInfo(path);
        if (whole.Exists && whole.Length == file.Length) return file.Length;
        var part = new FileInfo(ResumedDownload.PartOf(path));
        return part.Exists ? Math.Min(part.Length, file.Length) : 0;
    }
}
