using System.Text;

namespace PgmCluster.Data.Artifacts;

/// <summary>What artifacts may be called, in every store.</summary>
internal static class ArtifactName
{
    private const int MaxSegmentBytes = 255;

    /// <exception cref="ArgumentException">It is no name.</exception>
    public static void Require(string name)
    {
        if (Fault(name) is { } reason) throw new ArgumentException($"'{name}' is no name for an artifact: {reason}.", nameof(name));
    }

    /// <summary>The folder that all names with a prefix lie in: "" for the store itself, null where no name has the prefix.</summary>
    /// <exception cref="ArgumentException">It is no name.</exception>
    public static string? FolderOf(string prefix)
    {
        var lastSlash = prefix.LastIndexOf('/');
        if (lastSlash == 0) return null;
        if (lastSlash < 0) return "";
        Require(prefix[..lastSlash]);
        return prefix[..lastSlash];
    }

    private static string? Fault(string name)
    {
        if (name.Length == 0) return "it is empty";
        if (name.Any(c => c == '\\' || char.IsControl(c))) return "it holds a backslash or a control character";
        foreach (var segment in name.Split('/'))
        {
            if (segment.Length == 0) return "it begins or ends with '/' or holds '//'";
            if (segment[0] == '.') return $"'{segment}' begins with a dot";
            if (Encoding.UTF8.GetByteCount(segment) > MaxSegmentBytes) return $"a segment is longer than {MaxSegmentBytes} bytes";
        }
        return null;
    }
}
