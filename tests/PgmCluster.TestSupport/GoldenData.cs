using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.TestSupport;

/// <summary>
/// Finds the golden files: numbers computed with the public PGM code. <c>PGM_GOLDEN</c> names another directory of the same layout
/// (a relative path begins at the root of the repository); without it the copy in <c>tests/golden</c> is used. A file may be gzipped
/// (<c>name.gz</c>).
/// </summary>
public static class GoldenData
{
    /// <summary>What the message of an exception begins with that means "skipped", not "failed".</summary>
    internal const string SkipToken = "$XunitDynamicSkip$";

    private static readonly bool IsAnother = Environment.GetEnvironmentVariable("PGM_GOLDEN") is { Length: > 0 };

    private static readonly string Directory = Environment.GetEnvironmentVariable("PGM_GOLDEN") is { Length: > 0 } given
        ? Path.Combine(RepositoryRoot.Path, given)
        : Path.Combine(RepositoryRoot.Path, "tests", "golden");

    /// <summary>The path of a golden file, unpacked if need be.</summary>
    /// <returns>False where the directory lacks the file: the test is then to be skipped by name.</returns>
    public static bool TryFind(string relativePath, out string path)
    {
        if (!System.IO.Directory.Exists(Directory))
            throw new DirectoryNotFoundException(
                $"Looking for golden files: PGM_GOLDEN names {Directory}, which is no directory. "
                + "Name one, or unset it to use tests/golden.");
        path = Path.Combine(Directory, relativePath);
        if (File.Exists(path)) return true;
        if (!File.Exists(path + ".gz")) return false;

        var packed = new FileInfo(path + ".gz");
        var unpacked = Path.Combine(
            Path.GetTempPath(), "pgm-golden",
            $"{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(packed.FullName)))[..16]}-{packed.Length}-{packed.LastWriteTimeUtc.Ticks}", relativePath);
        if (!File.Exists(unpacked))
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(unpacked)!);
            var temporary = $"{unpacked}.{Guid.NewGuid():N}";
            using (var from = new GZipStream(packed.OpenRead(), CompressionMode.Decompress))
            using (var to = File.Create(temporary))
                from.CopyTo(to);
            File.Move(temporary, unpacked, overwrite: true);
        }
        path = unpacked;
        return true;
    }

    /// <summary>
    /// The path of a golden file, unpacked if need be. Where the directory lacks it, the calling test is skipped, naming the file.
    /// </summary>
    public static string Require(string relativePath)
    {
        if (TryFind(relativePath, out var path)) return path;
        throw Skipped($"golden file '{relativePath}' is not in {Directory}");
    }

    /// <summary>
    /// Makes sure that an open golden file has tensors. Another directory (<c>PGM_GOLDEN</c>) may hold sets with fewer: the calling test is
    /// then skipped, naming what is missing. The repository's own sets are whole.
    /// </summary>
    public static void RequireTensors(SafetensorsFile file, params IEnumerable<string> names)
    {
        var missing = names.Where(n => !file.Contains(n)).Distinct().ToList();
        if (missing.Count == 0) return;
        var message = $"golden file {file.Path} has no tensor {string.Join(", ", missing.Select(n => $"'{n}'"))}";
        throw IsAnother
            ? Skipped(message)
            : new InvalidOperationException($"Reading golden data: {message}. The repository's sets are whole.");
    }

    /// <summary>Thrown by a test, this makes xunit report it as skipped, with the reason.</summary>
    public static Exception Skipped(string reason) => new SkippedException(reason);

    /// <summary>The names (without directory, <c>.gz</c> removed) of the files of one golden set.</summary>
    public static IReadOnlyList<string> Files(string set)
    {
        var directory = Path.Combine(Directory, set);
        if (!System.IO.Directory.Exists(directory)) return [];
        return [.. System.IO.Directory.GetFiles(directory)
            .Select(f => Path.GetFileName(f))
            .Select(f => f.EndsWith(".gz", StringComparison.Ordinal) ? f[..^3] : f)
            .Order(StringComparer.Ordinal)];
    }
}
