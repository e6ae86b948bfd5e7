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
    /// <param name="directories">Looked through for the published name, also as safetensors. A download is kept in the first.</param>
    /// <param name="http">For the download.</param>
    /// <param name="ct">Ends the download.</param>
    /// <param name="published">What is fetched. Default: <see cref="Published"/>.</param>
    /// <returns>An absolute path.</returns>
    /// <exception cref="BadInputException">There is no such file, and none can be fetched; the message says what to do.</exception>
    public static async Task<string> LocateAsync(
        string? given, IReadOnlyList<string> directories, HttpClient http, CancellationToken ct, PublishedFile? published = null)
    {
        published ??= Published;
        if (given is { Length: > 0 })
        {
            if (!File.Exists(given))
                throw new BadInputException(
                    $"Looking for the Inception weights: there is no file {given}. "
                    + $"Name {published.Name}, or a safetensors file with the same tensors.");
            if (Path.GetFileName(given) == published.Name && !published.HasRightHash(given))
                throw new BadInputException(
                    $"Checking {given}: its SHA-256 does not begin with {published.Sha256Prefix}, so it is damaged or another file. "
                    + $"Fetch it again from {published.Address}.");
            return Path.GetFullPath(given);
        }
        foreach (var directory in directories.Select(Path.GetFullPath))
        {
            var (converted, original) = (Path.Combine(
                directory, Path.ChangeExtension(published.Name, ".safetensors")), Path.Combine(directory, published.Name));
            if (File.Exists(converted)) return converted;
            if (File.Exists(original) && published.HasRightHash(original)) return original;
        }
        try
        {
            return await published.FetchAsync(directories[0], http, ct);
        }
        catch (Exception e) when (e is HttpRequestException or DataCorruptException)
        {
            throw new BadInputException(
                $"Fetching the Inception weights from {published.Address}: {e.Message.TrimEnd('.')}. "
                + $"Fetch the file where that address can be reached, and name it with --inception FILE or {Variable}=FILE.", e);
        }
    }
}
