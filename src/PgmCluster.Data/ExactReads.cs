using Microsoft.Win32.SafeHandles;

namespace PgmCluster.Data;

/// <summary>Reads from open files that bring all that was asked for.</summary>
internal static class ExactReads
{
    /// <summary>One read call moves at most 2 GB less a page on Linux.</summary>
    public const int Largest = 1 << 30;

    /// <summary>Fills the destination.</summary>
    /// <exception cref="FormatException">The file ends before; the reason, without the file's name.</exception>
    public static void Fill(SafeFileHandle handle, long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var read = RandomAccess.Read(handle, destination[..Math.Min(destination.Length, Largest)], offset);
            if (read == 0) throw new FormatException($"the file ends at byte {offset}, before the data do; it was truncated while open");
            destination = destination[read..];
            offset += read;
        }
    }
}
