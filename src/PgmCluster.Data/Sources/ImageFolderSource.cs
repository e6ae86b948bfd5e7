using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using PgmCluster.Data.Images;

namespace PgmCluster.Data.Sources;

/// <summary>
/// A directory with a sub-directory per class, pictures (.jpg, .jpeg, .png, .webp, .bmp) anywhere below it. Classes and the pictures
/// of a class are in ordinal order of their names; hidden files and directories do not count.
/// </summary>
public sealed class ImageFolderSource : IImageSource
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".webp", ".bmp" };

    private readonly string _root;
    private readonly List<(string RelativePath, int Label)> _files = [];
    private readonly Lazy<string> _hash;

    /// <summary>Lists the pictures; they are read and decoded one by one later.</summary>
    /// <exception cref="BadInputException">The directory is missing, has no classes, or a class has no pictures.</exception>
    public ImageFolderSource(string directory)
    {
        if (!Directory.Exists(directory))
            throw new BadInputException($"Opening the image folder {directory}: there is no such directory. Check the path.");
        _root = Path.GetFullPath(directory);
        var classes = ClassDirectories(_root);
        if (classes.Length == 0)
        {
            throw new BadInputException(
                $"Opening the image folder {directory}: it has no sub-directories. Give it one per class, with that class's pictures inside.");
        }
        for (var label = 0; label < classes.Length; label++)
        {
            var before = _files.Count;
            _files.AddRange(Pictures(classes[label]).Select(path => (Path.GetRelativePath(_root, path).Replace('\\', '/'), label))
                .OrderBy(file => file.Item1, StringComparer.Ordinal));
            if (_files.Count > before) continue;
            throw new BadInputException(
                $"Opening the image folder {directory}: '{Path.GetFileName(classes[label])}' has no pictures ({string.Join(" ", Extensions)}). "
                + "Add some, or remove that sub-directory.");
        }
        ClassNames = [.. classes.Select(c => Path.GetFileName(c))];
        _hash = new Lazy<string>(Hash);
    }

    /// <inheritdoc/>
    public string Kind => "folder";

    /// <inheritdoc/>
    public int Count => _files.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public int Label(int index) => _files[index].Label;

    /// <inheritdoc/>
    public RgbImage Read(int index)
    {
        var path = Path.Combine(_root, _files[index].RelativePath);
        using var file = Open(path);
        var length = RandomAccess.GetLength(file.SafeFileHandle);
        if (length > Array.MaxLength) throw new BadInputException($"Decoding the picture {path}: {length} bytes are too many. Remove the file.");
        var buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            var got = file.ReadAtLeast(buffer.AsSpan(0, (int)length), (int)length, throwOnEndOfStream: false);
            return ImageDecoder.Decode(buffer.AsSpan(0, got), path);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public string ContentSha256() => _hash.Value;

    public void Dispose() { }

    /// <summary>Whether a directory has a class with at least one picture.</summary>
    internal static bool Recognizes(string directory) => ClassDirectories(directory).Any(c => Pictures(c).Any());

    private static string[] ClassDirectories(string root) => [.. Directory.GetDirectories(root)
        .Where(d => !Path.GetFileName(d).StartsWith('.'))
        .OrderBy(d => Path.GetFileName(d), StringComparer.Ordinal)];

    private static IEnumerable<string> Pictures(string directory) =>
        Directory.EnumerateFiles(directory).Where(f => !Path.GetFileName(f).StartsWith('.') && Extensions.Contains(Path.GetExtension(f)))
            .Concat(ClassDirectories(directory).SelectMany(Pictures));

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Reading the picture {path}: {e.Message.TrimEnd('.')}. The folder must not change while it is in use.", e);
        }
    }

    private string Hash()
    {
        // A line per file in the order of the names, so that the hash does not depend on the order of the reading.
        var lines = new string[_files.Count];
        Parallel.For(0, lines.Length, i =>
        {
            using var file = Open(Path.Combine(_root, _files[i].RelativePath));
            lines[i] = $"{_files[i].RelativePath}\0{file.Length}\0{Convert.ToHexStringLower(SHA256.HashData(file))}\n";
        });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in lines) hash.AppendData(Encoding.UTF8.GetBytes(line));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
