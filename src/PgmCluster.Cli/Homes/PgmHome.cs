using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Data.Hub;

namespace PgmCluster.Cli.Homes;

/// <summary>The directory that holds everything of one installation: state, artifacts, logs.</summary>
internal sealed class PgmHome
{
    /// <summary>Says that the directory is ours, so that what lies in it may be replaced.</summary>
    public const string MarkerName = ".pgm-home";

    /// <summary>Bytes of a bucket's artifacts that commands keep, besides what the silos of the home do.</summary>
    private const long CacheBytes = 5L << 30;

    /// <param name="root">The directory.</param>
    /// <param name="artifacts">The artifact store where it is not the directory's own: a cluster's, as this machine sees it.</param>
    /// <param name="downloads">Where pulled files are, unless beside the artifacts.</param>
    public PgmHome(string root, string? artifacts = null, string? downloads = null)
    {
        GivenDownloads = downloads is { Length: > 0 } ? Path.GetFullPath(downloads) : null;
        Root = Path.GetFullPath(root);
        GivenArtifacts = artifacts is { Length: > 0 } ? ArtifactStores.Absolute(artifacts) : null;
    }

    public string Root { get; }

    public string Artifacts => GivenArtifacts ?? Path.Combine(Root, "artifacts");

    /// <summary>Whether the artifact store is a bucket.</summary>
    public bool HasRemoteArtifacts => ArtifactStores.IsRemote(Artifacts);

    /// <summary>The artifact store that was named, or null.</summary>
    public string? GivenArtifacts { get; }

    /// <summary>The directory for pulled files that was named, or null.</summary>
    public string? GivenDownloads { get; }

    /// <summary>Files pulled from the Hub; starting over keeps them.</summary>
    public HubPlaces Downloads => new(GivenDownloads ?? HubPlaces.Beside(HasRemoteArtifacts ? Path.Combine(Root, "artifacts") : Artifacts));

    /// <summary>Files fetched from elsewhere, which any run may need again: starting over keeps them.</summary>
    public string Cache => Path.Combine(Root, "cache");

    public string State => Path.Combine(Root, "state");

    public string Logs => Path.Combine(Root, "logs");

    public string Run => Path.Combine(Root, "run");

    public string Marker => Path.Combine(Root, MarkerName);

    /// <summary>
    /// The home that is named, or <c>PGM_HOME</c>, or <c>~/.pgm</c>; its artifact store is <c>PGM_ARTIFACTS</c> where that is set, and
    /// pulled files are in <c>PGM_DOWNLOADS</c>.
    /// </summary>
    public static PgmHome Locate(string? given, Func<string, string?> variable)
    {
        var root = given is { Length: > 0 } ? given
            : variable("PGM_HOME") is { Length: > 0 } set ? set : Silo.Options.SiloOptions.DefaultHome;
        return new(root, variable("PGM_ARTIFACTS"), variable("PGM_DOWNLOADS"));
    }

    /// <summary>The file of an artifact, where the store is a directory.</summary>
    public string ArtifactPath(string name) => Path.Combine(Artifacts, name);

    /// <summary>
    /// Opens the artifact store. Copies of a bucket's artifacts are kept apart from the silos', whose limit commands do not know.
    /// </summary>
    /// <exception cref="BadInputException">It cannot be one.</exception>
    public IArtifactStore OpenArtifacts() => ArtifactStores.Open(Artifacts, Path.Combine(Cache, "commands"), CacheBytes);

    /// <summary>Makes the directory ours: makes it if need be and checks that it can be written.</summary>
    /// <exception cref="BadInputException">It cannot be written, or holds what is not ours. Nothing has changed.</exception>
    /// <exception cref="StorageFullException">No room. Nothing has changed.</exception>
    public HomeClaim Claim()
    {
        string? created = null;
        try
        {
            created = CreateDirectory(Root);
            if (File.Exists(Marker))
            {
                var probe = Path.Combine(Root, $".probe-{Guid.NewGuid():N}");
                using (File.Create(probe, 1, FileOptions.DeleteOnClose)) return new HomeClaim(this, fresh: false, created: null);
            }
            if (IsForeign())
            {
                throw new BadInputException(
                    $"Using {Root} as home: it holds files that PgmCluster did not make. Name an empty or a new directory.");
            }
            AtomicFile.WriteAllText(Marker, "This directory belongs to PgmCluster.\n");
            return new HomeClaim(this, fresh: true, created);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            new HomeClaim(this, fresh: false, created).Undo();
            if (e is StorageFullException) throw;
            if (e is IOException io && StorageFullException.IsCause(io)) throw new StorageFullException(Root, io);
            throw new BadInputException(
                $"Writing to {Root}: {e.Message.TrimEnd('.')}. Name a directory that this user may create or write to.", e);
        }
    }

    /// <summary>True where the directory holds something although it was never claimed.</summary>
    public bool IsForeign() =>
        Directory.Exists(Root) && !File.Exists(Marker)
        // A file system of its own has this directory from the start.
        && Directory.EnumerateFileSystemEntries(Root).Any(e => Path.GetFileName(e) != "lost+found");

    /// <returns>The topmost directory that had to be made, or null.</returns>
    private static string? CreateDirectory(string path)
    {
        if (Directory.Exists(path)) return null;
        string? topmost = null;
        for (var at = path; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at)) topmost = at;
        Directory.CreateDirectory(path);
        return topmost;
    }
}
