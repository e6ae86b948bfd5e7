namespace PgmCluster.Data.Downloads;

/// <summary>Where the weights of the FID Inception network come from: a file that the user names, or one download into a cache.</summary>
public static class InceptionWeightsFile
{
    /// <summary>Environment variable that names a file.</summary>
    public const string Variable = "PGM_INCEPTION";

    /// <summary>TensorFlow's network of 2015-12-05 as torch-fidelity publishes it.</summary>
    public static readonly PublishedFile Published = new(
        new Uri("https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth"),
        "weights-inception-2015-12-05-6726825d.pth", "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2", 95_628_359);

    /// <summary>Finds the file, or fetches it.</summary>
    /// <param name="given">The file that the user names, or null.</param>
    /// <param name="directories">Looked through for the published name, also as safetensors. A download is kept in the first.</param>
    /// <param name="http">For the download, as <see cref="DownloadHttp.Create"/> makes it, following redirects.</param>
    /// <param name="ct">Ends the download; the next one goes on from there.</param>
    /// <param name="published">What is fetched. Default: <see cref="Published"/>.</param>
    /// <param name="firstPause">Before a broken download is taken up again.</param>
    /// <returns>An absolute path.</returns>
    /// <exception cref="BadInputException">There is no such file, or the server refuses; the message says what to do.</exception>
    /// <exception cref="DownloadException">The server cannot be reached or sends something else.</exception>
    public static async Task<string> LocateAsync(
        string? given, IReadOnlyList<string> directories, HttpClient http, CancellationToken ct, PublishedFile? published = null,
        TimeSpan? firstPause = null)
    {
        published ??= Published;
        if (given is { Length: > 0 })
        {
            if (!File.Exists(given))
                throw new BadInputException(
                    $"Looking for the Inception weights: there is no file {given}. "
                    + $"Name {published.Name}, or a safetensors file with the same tensors.");
            if (Path.GetFileName(given) == published.Name && !await published.IsAsync(given, ct))
                throw new BadInputException(
                    $"Checking {given}: its SHA-256 is not {published.Sha256}, so it is damaged or another file. "
                    + $"Fetch it again from {published.Address}.");
            return Path.GetFullPath(given);
        }
        foreach (var directory in directories.Select(Path.GetFullPath))
        {
            var (converted, original) = (Path.Combine(
                directory, Path.ChangeExtension(published.Name, ".safetensors")), Path.Combine(directory, published.Name));
            if (File.Exists(converted)) return converted;
            if (File.Exists(original) && await published.IsAsync(original, ct)) return original;
        }
        var otherwise = $"Or fetch the file where that address can be reached, and name it with --inception FILE or {Variable}=FILE.";
        try
        {
            return (await published.FetchAsync(directories[0], http, firstPause: firstPause, cancellation: ct)).Path;
        }
        catch (BadInputException e)
        {
            throw new BadInputException($"{e.Message} {otherwise}", e);
        }
        catch (DownloadException e)
        {
            throw new DownloadException($"{e.Message} {otherwise}", e);
        }
    }
}
