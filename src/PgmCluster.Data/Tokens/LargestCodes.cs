using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;

namespace PgmCluster.Data.Tokens;

/// <summary>The largest code of each shard that this process has looked through, by the shard's hash.</summary>
internal static class LargestCodes
{
    private const int MostKnown = 1 << 16;

    private static readonly ConcurrentDictionary<string, int> Known = new(StringComparer.Ordinal);

    public static int? Find(string sha256) => Known.TryGetValue(sha256, out var largest) ? largest : null;

    public static void Note(string sha256, int largest)
    {
        if (Known.Count >= MostKnown) Known.Clear();
        Known[sha256] = largest;
    }

    /// <summary>0 where there are none.</summary>
    public static int In(ReadOnlySpan<ushort> codes)
    {
        var vectors = MemoryMarshal.Cast<ushort, Vector<ushort>>(codes);
        var wide = Vector<ushort>.Zero;
        foreach (var vector in vectors) wide = Vector.Max(wide, vector);
        var largest = 0;
        for (var i = 0; i < Vector<ushort>.Count; i++) largest = Math.Max(largest, wide[i]);
        foreach (var code in codes[(vectors.Length * Vector<ushort>.Count)..]) largest = Math.Max(largest, code);
        return largest;
    }
}
