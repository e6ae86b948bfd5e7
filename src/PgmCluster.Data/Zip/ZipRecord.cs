namespace PgmCluster.Data.Zip;

/// <summary>A record of a zip file, stored as it is or deflated.</summary>
/// <param name="Name">Its whole name.</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
/// <param name="Packed">Bytes that they take there.</param>
/// <param name="Length">Bytes of its content.</param>
/// <param name="Crc">The content's checksum, as declared.</param>
/// <param name="IsDeflated">Whether the content has to be unpacked.</param>
internal sealed record ZipRecord(string Name, long Offset, long Packed, long Length, uint Crc, bool IsDeflated);
