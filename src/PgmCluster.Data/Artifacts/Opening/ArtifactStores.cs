using PgmCluster.Data.Artifacts.Marks;
using PgmCluster.Data.Artifacts.S3;

namespace PgmCluster.Data.Artifacts.Opening;

/// <summary>Opens the store that a setting names: a directory, or <c>s3://BUCKET/PREFIX</c>.</summary>
public static class ArtifactStores
{
    /// <summary>Bytes of a remote store's artifacts that are kept on a machine unless told otherwise.</summary>
    public const long DefaultCacheBytes = 50L << 30;

    /// <summary>Whether a setting means a store on a server.</summary>
    public static bool IsRemote(string place) => S3Place.IsLike(place);

    /// <summary>The setting as programs with other working directories read it.</summary>
    public static string Absolute(string place) => IsRemote(place) ? place : Path.GetFullPath(place);

    /// <summary>Checks a setting without looking at what it names.</summary>
    /// <exception cref="BadInputException">It cannot be read; the message says why.</exception>
    public static void Require(string place)
    {
        if (IsRemote(place)) S3Place.Parse(place);
    }

    /// <summary>Opens a store; nothing in it is looked at.</summary>
    /// <param name="place">The setting.</param>
    /// <param name="cache">Directory for copies of a remote store's artifacts.</param>
    /// <param name="cacheBytes">How many bytes are kept there.</param>
    /// <exception cref="BadInputException">It cannot be a store; the message says why.</exception>
    public static IArtifactStore Open(string place, string cache, long cacheBytes = DefaultCacheBytes)
    {
        if (!IsRemote(place)) return new DirectoryArtifactStore(place);
        var parsed = S3Place.Parse(place);
        return new S3ArtifactStore(parsed, S3Client.Create(parsed, credentials: null), new ArtifactCache(cache, cacheBytes));
    }

    /// <summary>The mark of a store.</summary>
    /// <param name="place">The setting; a directory need not be there.</param>
    /// <param name="name">Begins with a dot.</param>
    /// <exception cref="BadInputException">It cannot be a store; the message says why.</exception>
    public static IStoreMark Mark(string place, string name)
    {
        if (!IsRemote(place)) return new DirectoryMark(place, name);
        var parsed = S3Place.Parse(place);
        return new S3Mark(S3Client.Create(parsed, credentials: null), parsed, name);
    }
}
