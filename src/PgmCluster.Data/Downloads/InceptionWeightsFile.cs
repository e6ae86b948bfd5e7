namespace PgmCluster.Data.Downloads;

/// <summary>Where the weights of the FID Inception network come from: a file that the user names, or one download into a cache.</summary>
public static class InceptionWeightsFile
{
    /// <summary>Environment variable that names a file.</summary>
    public const string Variable = "PGM_INCEPTION";

    /// <summary>TensorFlow's network of 2015-12-05 as torch-fidelity publishes it.</summary>
    public static readonly PublishedFile Published = new(
        new Uri("https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth"),
        "weights-inception-2015-12-05-6726825d.pth", "6726825d");

    /// <summary>Finds the file.</summary>
    /// <param name="given">The file that the user names, or null.</param>
    /// <param name="cache">Directory in which a download is kept. A safetensors file of the published name is taken as well.</param>
    /// <param name="http">For the download.</param>
    /// <param name="ct">Ends the download.</param>
    /// <param name="published">What is fetched. Default: <see cref="Published"/>.</param>
    /// <returns>An absolute path.</returns>
    /// <exception cref="BadInputException">There is no such file, and none can be fetched; the message says what to do.</exception>
    public static async Task<string> LocateAsync(string? given, string cache, HttpClient http, CancellationToken ct, PublishedFile? published = null)
    {
        published ??= Published;
        if (given is { Length: > 0 })
        {
            if (!File.Exists(given)) throw new BadInputException($"Looking for the Inception weights: there is no file {given}. Name {published.Name}, or a safetensors file with the same tensors.");
            if (Path.GetFileName(given) == published.Name && !published.HasRightHash(given))
                throw new BadInputException($"Checking {given}: its SHA-256 does not begin with {published.Sha256Prefix}, so it is damaged or another file. Fetch it again from {published.Address}.");
            return Path.GetFullPath(given);
        }
        var converted = Path.Combine(Path.GetFullPath(cache), Path.ChangeExtension(published.Name, ".safetensors"));
        if (File.Exists(converted)) return converted;
        try
        {
            return await published.FetchAsync(cache, http, ct);
        }
        catch (Exception e) when (e is HttpRequestException or DataCorruptException)
        {
            throw new BadInputException(
                $"Fetching the Inception weights from {published.Address}: {e.Message.TrimEnd('.')}. Fetch the file where that address can be reached, and name it with --inception FILE or {Variable}=FILE.", e);
        }
    }
}
