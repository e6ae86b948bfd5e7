using PgmCluster.Data.Downloads;

namespace PgmCluster.Data.Blobs;

/// <summary>
/// Which files a client may name to a silo: what it names is read by the silo, with the silo's rights, and may be copied to where all
/// clients can read it.
/// </summary>
/// <param name="roots">Directories that clients may name, with all that is below; null where they may name any file.</param>
/// <param name="addresses">
/// What addresses of the web that clients may name begin with, where <paramref name="roots"/> are not null: the silo reaches servers that
/// clients may not reach.
/// </param>
/// <param name="own">The silo's own directories of files that were pulled or stored, which clients may always name.</param>
public sealed class ImportRoots(IReadOnlyList<string>? roots, IReadOnlyList<string> addresses, IReadOnlyList<string> own)
{
    private readonly Lazy<HttpClient>? _http = roots is null ? null : new Lazy<HttpClient>(() => DownloadHttp.CreateGuarded(
        asked => addresses.Any(a => IsBelow(asked, new Uri(a)))));

    /// <summary>
    /// Asks servers of the internet, which a redirect may lead to, and those of the addresses that clients may name, and no others of this
    /// machine or of inner networks; null where clients may name anything.
    /// </summary>
    internal HttpClient? Http => _http?.Value;

    /// <summary>Checks a path that a client named. Links are followed first: what counts is where the files are.</summary>
    /// <param name="attempt">What is done, such as "Reading weights".</param>
    /// <param name="path">As the silo sees it.</param>
    /// <exception cref="BadInputException">It is in none of the directories.</exception>
    public void Require(string attempt, string path)
    {
        if (roots is null) return;
        if (HttpLocation.Is(path))
        {
            RequireAddress(attempt, path);
            return;
        }
        Require(attempt, path, RealPath.Of(path));
    }

    /// <summary>
    /// Checks a file or directory below a path that was checked: where links lead elsewhere, that has to be in one of the directories, too.
    /// </summary>
    /// <inheritdoc cref="Require(string, string)"/>
    public void RequireLinked(string attempt, string path)
    {
        if (roots is null) return;
        var real = RealPath.Of(path);
        if (real != Path.GetFullPath(path)) Require(attempt, path, real);
    }

    private void Require(string attempt, string path, string real)
    {
        if (roots!.Concat(own).Any(root => IsWithin(real, RealPath.Of(root)))) return;
        var allowed = roots!.Count == 0 ? "which names no directory" : $"which is {string.Join(", ", roots)}";
        throw new BadInputException(
            $"{attempt} {path}: this silo reads no files outside of Pgm:ImportRoots, {allowed}. "
            + "Put it there, or start the silos with a Pgm:ImportRoots that holds it.");
    }

    private void RequireAddress(string attempt, string location)
    {
        // As it will be asked for: without dots that lead upwards.
        var below = HttpLocation.Parse(location).Base;
        if (addresses.Any(a => IsBelow(below, new Uri(a)))) return;
        var allowed = addresses.Count == 0 ? "which names none" : $"which is {string.Join(", ", addresses)}";
        throw new BadInputException(
            $"{attempt} {location}: this silo reads no addresses but those of Pgm:ImportAddresses, {allowed}. "
            + "Fetch the files and name their directory, or start the silos with a Pgm:ImportAddresses that holds it.");
    }

    // Servers may take an escaped slash for one.
    private static bool IsBelow(Uri address, Uri root) => address.AbsoluteUri.StartsWith(root.AbsoluteUri, StringComparison.Ordinal)
        && !Uri.UnescapeDataString(address.AbsolutePath).Split('/', '\\').Contains("..");

    private static bool IsWithin(string path, string root) =>
        path == root || path.StartsWith(root.EndsWith('/') ? root : root + '/', StringComparison.Ordinal);
}
