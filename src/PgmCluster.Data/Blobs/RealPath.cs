using System.Runtime.InteropServices;

namespace PgmCluster.Data.Blobs;

/// <summary>Where a path leads.</summary>
internal static partial class RealPath
{
    /// <summary>The absolute path without links, as far as it exists: what is missing is reported by whoever reads it.</summary>
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        var missing = "";
        for (var at = full; ; at = Path.GetDirectoryName(at)!)
        {
            var real = Resolve(at, 0);
            if (real != 0)
            {
                try
                {
                    return Path.Join(Marshal.PtrToStringUTF8(real), missing).TrimEnd('/') is { Length: > 0 } found ? found : "/";
                }
                finally
                {
                    Free(real);
                }
            }
            if (at == "/") return full;
            missing = $"/{Path.GetFileName(at)}{missing}";
        }
    }

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Resolve(string path, nint buffer);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint memory);
}
