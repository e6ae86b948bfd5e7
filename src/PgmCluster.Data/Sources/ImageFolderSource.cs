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
    private const int NamesShown = 5;

    private readonly string _root;
    private readonly List<(string RelativePath, int Label)> _files = [];
    private IReadOnlyList<PictureIdentity>? _identities;
    private DatasetIndex? _required;

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
                $"Opening the image folder {directory}: it has no sub-directories. "
                + "Give it one per class, with that class's pictures inside.");
        }
        var empty = new List<string>();
        var leftOut = new SortedDictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var label = 0; label < classes.Length; label++)
        {
            var before = _files.Count;
            var files = Files(classes[label]).ToLookup(PictureNames.Is);
            _files.AddRange(files[true].Select(path => (Path.GetRelativePath(_root, path).Replace('\\', '/'), label))
                .OrderBy(file => file.Item1, StringComparer.Ordinal));
            foreach (var file in files[false]) leftOut[Path.GetExtension(file)] = leftOut.GetValueOrDefault(Path.GetExtension(file)) + 1;
            if (_files.Count == before) empty.Add($"'{Path.GetFileName(classes[label])}'");
        }
        LeftOut = leftOut;
        if (empty.Count > 0)
        {
            throw new BadInputException(
                $"Opening the image folder {directory}: "
                + $"{string.Join(", ", empty)} {(empty.Count == 1 ? "has" : "have")} no pictures ({PictureNames.All}). "
                + $"Add some, or remove {(empty.Count == 1 ? "that sub-directory" : "those sub-directories")}.");
        }
        ClassNames = [.. classes.Select(c => Path.GetFileName(c))];
    }

    /// <inheritdoc/>
    public string Kind => "folder";

    /// <inheritdoc/>
    public int Count => _files.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> LeftOut { get; }

    /// <inheritdoc/>
    public int Label(int index) => _files[index].Label;

    /// <inheritdoc/>
    public RgbImage Read(int index) => Read(index, (bytes, path) =>
    {
        if (_required is not null && !SHA256.HashData(bytes).AsSpan().SequenceEqual(_required.Stored(index)))
            throw Changed($"{path} is another picture than when");
        return ImageDecoder.Decode(bytes, path);
    });

    /// <inheritdoc/>
    public string ContentSha256()
    {
        // A line per file in the order of the names, so that the hash does not depend on the order of the reading.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var i in Identify())
            hash.AppendData(Encoding.UTF8.GetBytes($"{i.Name}\0{i.Length}\0{Convert.ToHexStringLower(i.Stored)}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public IReadOnlyList<PictureIdentity> Identify(CancellationToken cancellation = default) =>
        _identities ??= ReadIdentities(cancellation);

    /// <inheritdoc/>
    public void Require(DatasetIndex? index, string contentSha256, CancellationToken cancellation = default)
    {
        if (index is null)
        {
            var present = KnownContents.Of(_files.Select(f => Path.Combine(_root, f.RelativePath)), () =>
            {
                Identify(cancellation);
                return ContentSha256();
            });
            if (present == contentSha256) return;
            throw Changed("it holds other pictures than when");
        }
        var now = _files.Select(f => f.RelativePath).ToHashSet(StringComparer.Ordinal);
        var then = index.Names.ToHashSet(StringComparer.Ordinal);
        var (added, gone) = (now.Where(n => !then.Contains(n)).ToList(), index.Names.Where(n => !now.Contains(n)).ToList());
        if (added.Count > 0 || gone.Count > 0)
        {
            string Some(List<string> names) =>
                string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "");
            var found = new List<string>();
            if (added.Count > 0) found.Add($"{Some(added)} came");
            if (gone.Count > 0) found.Add($"{Some(gone)} went");
            throw Changed($"{string.Join(", and ", found)} since");
        }
        _required = index;
    }

    public void Dispose() { }

    /// <summary>Whether a directory has a class with at least one picture.</summary>
    internal static bool Recognizes(string directory) => ClassDirectories(directory).Any(c => Pictures(c).Any());

    private static string[] ClassDirectories(string root) => [.. Directory.GetDirectories(root)
        .Where(d => !Litter.Is(d))
        .OrderBy(d => Path.GetFileName(d), StringComparer.Ordinal)];

    private static IEnumerable<string> Pictures(string directory) =>
        Files(directory).Where(PictureNames.Is);

    private static IEnumerable<string> Files(string directory) =>
        Directory.EnumerateFiles(directory).Where(f => !Litter.Is(f)).Concat(ClassDirectories(directory).SelectMany(Files));

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"Reading the picture {path}: {e.Message.TrimEnd('.')}. The folder must not change while it is in use.", e);
        }
    }

    private PictureIdentity[] ReadIdentities(CancellationToken cancellation)
    {
        var identities = new PictureIdentity[_files.Count];
        var problems = new SortedDictionary<int, string>();
        Parallel.For(0, identities.Length, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            try
            {
                identities[i] = Read(i, (bytes, path) =>
                {
                    var stored = SHA256.HashData(bytes);
                    var content = ImageDecoder.KeepsEveryPixel(bytes) ? PictureIdentity.HashOf(ImageDecoder.Decode(bytes, path)) : stored;
                    return new PictureIdentity(_files[i].RelativePath, bytes.Length, stored, content);
                });
            }
            catch (BadInputException e)
            {
                lock (problems) problems.Add(i, e.Message);
            }
        });
        if (problems.Count == 0) return identities;
        var more = problems.Count > NamesShown ? $" And {problems.Count - NamesShown} more pictures." : "";
        throw new BadInputException(string.Join(' ', problems.Values.Take(NamesShown)) + more);
    }

    private T Read<T>(int index, PictureReader<T> read)
    {
        var path = Path.Combine(_root, _files[index].RelativePath);
        using var file = Open(path);
        var length = RandomAccess.GetLength(file.SafeFileHandle);
        if (length > Array.MaxLength)
            throw new BadInputException($"Decoding the picture {path}: {length} bytes are too many. Remove the file.");
        var buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            var got = file.ReadAtLeast(buffer.AsSpan(0, (int)length), (int)length, throwOnEndOfStream: false);
            return read(buffer.AsSpan(0, got), path);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private BadInputException Changed(string what) => new(
        $"Reading the pictures of {_root}: {what} the dataset was registered. "
        + "Put the files back as they were, or register these under another name.");

    private delegate T PictureReader<T>(ReadOnlySpan<byte> bytes, string path);
}
