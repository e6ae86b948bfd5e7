using PgmCluster.Data.Images;

namespace PgmCluster.Execution.Images;

/// <summary>Pictures of a piece of work by number, from 0. All members may be used from several threads at once.</summary>
internal interface IPictureSource
{
    int Count { get; }

    /// <summary>The class of a picture; -1 where it has none.</summary>
    int Label(int index);

    /// <summary>Where a picture lies: its shard, and its name there.</summary>
    (string Shard, string Key) Place(int index);

    /// <summary>
    /// SHA-256 over the content (32 bytes) and the class (I32, little-endian) of each picture, in order: which pictures they are, whatever
    /// the dataset; 64 lower-case hexadecimal digits.
    /// </summary>
    string Identify();

    /// <summary>Reads, decodes, resizes and cuts a picture.</summary>
    /// <param name="index">Of the picture.</param>
    /// <param name="size">Side in pixels.</param>
    RgbImage Prepared(int index, int size);
}
