using PgmCluster.Data.PyTorch;

namespace PgmCluster.Data.Pickles;

/// <summary>Bytes of a pickle that were not read, where they lie.</summary>
/// <param name="Offset">Of the first, in the file.</param>
/// <param name="Length">How many; they are within the file.</param>
internal sealed record PlacedBytes(long Offset, long Length);
