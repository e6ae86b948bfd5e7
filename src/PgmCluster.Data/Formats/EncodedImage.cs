namespace PgmCluster.Data.Formats;

/// <summary>A picture as a dataset stores it.</summary>
/// <param name="Key">Names it within its dataset, in messages and outputs.</param>
/// <param name="Label">An index into the label texts of its shard's index; -1 where it has none.</param>
/// <param name="Bytes">
/// A file of a format that <see cref="Images.ImageDecoder"/> reads; where the dataset holds bare pixels, an uncompressed bitmap of them.
/// Valid until the next picture is asked for.
/// </param>
public readonly record struct EncodedImage(string Key, int Label, ReadOnlyMemory<byte> Bytes);
