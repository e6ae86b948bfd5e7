using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PgmCluster.Data.Artifacts;

/// <summary>
/// Changes with every change of a file's bytes, and costs no reading: where it lies on its volume, its size, and when the system last
/// changed it.
/// </summary>
/// <param name="Volume">The device.</param>
/// <param name="Number">The inode.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">Nanoseconds; programs may set it back.</param>
/// <param name="Changed">Nanoseconds; nobody can set it back.</param>
internal readonly partial record struct FileIdentity(ulong Volume, ulong Number, long Size, long Modified, long Changed)
{
    // statx(2): one layout on every architecture, unlike stat's.
    private const int EmptyPath = 0x1000, WorkingDirectory = -100;
    private const uint BasicStats = 0x7FF;
    private const int NumberAt = 32, SizeAt = 40, ChangedAt = 96, ModifiedAt = 112, VolumeAt = 136, Length = 256;

    /// <summary>Of an open file; null where the system does not tell.</summary>
    public static FileIdentity? Of(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) return null;
        Span<byte> buffer = stackalloc byte[Length];
        var taken = false;
        try
        {
            file.DangerousAddRef(ref taken);
            if (Stat((int)file.DangerousGetHandle(), "", EmptyPath, BasicStats, ref MemoryMarshal.GetReference(buffer)) != 0) return null;
        }
        finally
        {
            if (taken) file.DangerousRelease();
        }
        return Of(buffer);
    }

    /// <summary>Of the file that has a name now; null where none has, or the system does not tell.</summary>
    public static FileIdentity? Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        Span<byte> buffer = stackalloc byte[Length];
        return Stat(WorkingDirectory, Path.GetFullPath(path), 0, BasicStats, ref MemoryMarshal.GetReference(buffer)) == 0
            ? Of(buffer)
            : null;
    }

    /// <summary>Whether both are one file, whatever was written to it in between.</summary>
    public bool IsSameFile(FileIdentity other) => (Volume, Number) == (other.Volume, other.Number);

    private static FileIdentity Of(ReadOnlySpan<byte> stats) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(stats[VolumeAt..]), BinaryPrimitives.ReadUInt64LittleEndian(stats[NumberAt..]),
        BinaryPrimitives.ReadInt64LittleEndian(stats[SizeAt..]), Nanoseconds(stats[ModifiedAt..]), Nanoseconds(stats[ChangedAt..]));

    private static long Nanoseconds(ReadOnlySpan<byte> time) =>
        unchecked((BinaryPrimitives.ReadInt64LittleEndian(time) * 1_000_000_000) + BinaryPrimitives.ReadUInt32LittleEndian(time[8..]));

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int directory, string path, int flags, uint mask, ref byte buffer);
}
