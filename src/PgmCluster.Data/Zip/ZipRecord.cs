namespace PgmCluster.Data.Zip;

/// <summary>A stored record of a zip file.</summary>
/// <param name="Name">Its whole name.</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Crc">Their checksum, as declared.</param>
internal sealed record ZipRecord(string Name, long Offset, long Length, uint Crc);
