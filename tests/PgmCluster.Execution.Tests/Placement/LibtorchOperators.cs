using System.IO.MemoryMappedFiles;
using System.Text;

namespace PgmCluster.Execution.Tests.Placement;

/// <summary>
/// Which operators this libtorch computes by device, and their signatures: both stand in the library file, as names of its functions
/// (<c>at::cpu::mm</c>, <c>at::meta::mm</c>) and as text.
/// </summary>
internal static class LibtorchOperators
{
    /// <summary>Computed by device as well, by functions of another namespace.</summary>
    private static readonly string[] Others = ["convolution", "convolution_backward", "copy_"];

    /// <summary>Those of several tensors, and those of one that cannot run on the device without memory as they are.</summary>
    public static unsafe IReadOnlyList<OperatorSchema> Read(string library)
    {
        using var file = MemoryMappedFile.CreateFromFile(library, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            var length = new FileInfo(library).Length;
            var (onCpu, onMeta) = (new HashSet<string>(Others, StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
            foreach (var (prefix, names) in new[] { ("_ZN2at3cpu", onCpu), ("_ZN2at4meta", onMeta) })
            {
                foreach (var text in Texts(start, length, Encoding.ASCII.GetBytes(prefix)))
                {
                    var rest = text[(text.IndexOf(prefix, StringComparison.Ordinal) + prefix.Length)..];
                    var digits = rest.TakeWhile(char.IsAsciiDigit).Count();
                    if (digits > 0 && int.TryParse(rest[..digits], out var count) && rest.Length >= digits + count)
                        names.Add(rest.Substring(digits, count));
                }
            }
            return [.. Texts(start, length, ") -> "u8.ToArray()).Select(OperatorSchema.TryParse).OfType<OperatorSchema>()
                .Where(
                    s => s.CanBeReplaced && !s.IsView && (s.Tensors > 1 ? Has(onCpu, s) || Has(onMeta, s) : s.Tensors == 1 && Has(onCpu,
                        s) && !Has(onMeta, s)))
                .DistinctBy(s => s.FullName)];
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private static bool Has(HashSet<string> functions, OperatorSchema schema) =>
        functions.Contains(schema.Name) || (schema.IsOut && functions.Contains($"{schema.Name}_out"));

    /// <summary>The zero-terminated texts that contain a pattern.</summary>
    private static unsafe List<string> Texts(byte* start, long length, byte[] pattern)
    {
        const int Longest = 2048, Window = 1 << 30;
        var found = new List<string>();
        for (long at = 0; at < length;)
        {
            var window = new ReadOnlySpan<byte>(start + at, (int)Math.Min(Window, length - at));
            var hit = window.IndexOf(pattern);
            if (hit < 0) break;
            var (first, end) = (hit, hit);
            while (first > 0 && window[first - 1] != 0 && hit - first < Longest) first--;
            while (end < window.Length && window[end] != 0 && end - hit < Longest) end++;
            found.Add(Encoding.Latin1.GetString(window[first..end]));
            at += end;
        }
        return found;
    }
}
