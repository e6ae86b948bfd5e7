using System.Security.Cryptography;
using PgmCluster.Data.Images;

namespace PgmCluster.Data.Sources;

/// <summary>
/// MNIST's IDX pairs of images and labels in a directory (<c>train-images-idx3-ubyte</c>, <c>t10k-labels-idx1-ubyte</c> and so on, plain
/// or <c>.gz</c>), held in memory. Where a directory has both pairs, those of <c>t10k</c> follow those of <c>train</c>. A file
/// <c>classes.txt</c> beside them names the classes, one per line; without it they are called by their numbers.
/// </summary>
public sealed class IdxSource : IImageSource
{
    private const string ClassFile = "classes.txt";

    private static readonly string[] Prefixes = ["train", "t10k"];

    private readonly List<(int Start, IdxFile Images, IdxFile Labels)> _pairs = [];
    private readonly string _directory;
    private readonly Lazy<string> _hash;

    /// <summary>Reads the pairs of a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="prefix"><c>train</c> or <c>t10k</c> for that pair alone; null for what there is.</param>
    /// <exception cref="BadInputException">
    /// A file is missing, broken or does not fit its partner; the message says which and how.
    /// </exception>
    public IdxSource(string directory, string? prefix = null)
    {
        if (!Directory.Exists(directory))
            throw new BadInputException($"Opening the IDX dataset {directory}: there is no such directory. Check the path.");
        foreach (var candidate in prefix is null ? Prefixes : [prefix]) AddPair(directory, candidate);
        if (_pairs.Count == 0)
        {
            throw new BadInputException(
                $"Opening the IDX dataset {directory}: "
                + $"it has no {prefix ?? string.Join(" or ", Prefixes)}-images-idx3-ubyte or its .gz. Check the path.");
        }
        _directory = directory;
        ClassNames = ReadClassNames(directory);
        _hash = new Lazy<string>(Hash);
    }

    /// <inheritdoc/>
    public string Kind => "idx";

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> LeftOut { get; } = new Dictionary<string, int>();

    /// <inheritdoc/>
    public int Label(int index)
    {
        var (pair, within) = Find(index);
        return pair.Labels.Data[within];
    }

    /// <inheritdoc/>
    public RgbImage Read(int index)
    {
        var (pair, within) = Find(index);
        var (height, width) = (pair.Images.Shape[1], pair.Images.Shape[2]);
        var gray = pair.Images.Data.Slice(within * height * width, height * width);
        var image = new RgbImage(width, height);
        for (var i = 0; i < gray.Length; i++) image.Pixels.AsSpan(i * RgbImage.Channels, RgbImage.Channels).Fill(gray[i]);
        return image;
    }

    /// <inheritdoc/>
    public string ContentSha256() => _hash.Value;

    /// <inheritdoc/>
    public IReadOnlyList<PictureIdentity> Identify(CancellationToken cancellation = default)
    {
        var identities = new PictureIdentity[Count];
        var options = new ParallelOptions { CancellationToken = cancellation };
        Parallel.For(0, Count, options, i => identities[i] = new PictureIdentity("", 0, [], PictureIdentity.HashOf(Read(i))));
        return identities;
    }

    /// <inheritdoc/>
    public void Require(DatasetIndex? index, string contentSha256, CancellationToken cancellation = default)
    {
        // The files are held in memory: what is read later is what is compared here.
        if (ContentSha256() == contentSha256) return;
        var files = string.Join(", ", _pairs.SelectMany(p => new[] { p.Images.Path, p.Labels.Path }));
        throw new BadInputException($"Reading the pictures of {_directory}: {files} changed since the dataset was registered. "
            + "Put the files back as they were, or register these under another name.");
    }

    public void Dispose() { }

    /// <summary>Whether a directory holds a file that belongs to a pair.</summary>
    internal static bool Recognizes(string directory) =>
        Prefixes.Any(p => FindFile(directory, p, "images", 3) is not null || FindFile(directory, p, "labels", 1) is not null);

    private static string? FindFile(string directory, string prefix, string what, int dimensions)
    {
        string[] names = [$"{prefix}-{what}-idx{dimensions}-ubyte", $"{prefix}-{what}.idx{dimensions}-ubyte"];
        return names.SelectMany(n => new[] { n, n + ".gz" }).Select(n => Path.Combine(directory, n)).FirstOrDefault(File.Exists);
    }

    private void AddPair(string directory, string prefix)
    {
        var imagePath = FindFile(directory, prefix, "images", 3);
        var labelPath = FindFile(directory, prefix, "labels", 1);
        if (imagePath is null && labelPath is null) return;
        if (imagePath is null || labelPath is null)
        {
            var missing = imagePath is null ? $"{prefix}-images-idx3-ubyte" : $"{prefix}-labels-idx1-ubyte";
            throw new BadInputException(
                $"Opening the IDX dataset {directory}: "
                + $"{Path.GetFileName(imagePath ?? labelPath)} is there, its partner {missing} or {missing}.gz is not. Add it.");
        }
        var images = IdxFile.Read(imagePath, dimensions: 3);
        var labels = IdxFile.Read(labelPath, dimensions: 1);
        if (images.Shape[0] != labels.Shape[0])
        {
            throw new BadInputException(
                $"Opening the IDX dataset {directory}: "
                + $"{Path.GetFileName(imagePath)} holds {images.Shape[0]} images, {Path.GetFileName(labelPath)} "
                + $"{labels.Shape[0]} labels. The two do not belong together: fetch both anew.");
        }
        _pairs.Add((Count, images, labels));
        Count = checked(Count + images.Shape[0]);
    }

    private IReadOnlyList<string> ReadClassNames(string directory)
    {
        var highest = 0;
        foreach (var (_, _, labels) in _pairs)
        {
            foreach (var label in labels.Data) highest = Math.Max(highest, label);
        }
        var path = Path.Combine(directory, ClassFile);
        if (!File.Exists(path)) return [.. Enumerable.Range(0, Math.Max(10, highest + 1)).Select(i => i.ToString())];

        string[] names = [.. File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
        if (names.Length <= highest)
        {
            throw new BadInputException(
                $"Opening the IDX dataset {directory}: {ClassFile} names {names.Length} classes, but a label is {highest}. "
                + "Name every class, one per line.");
        }
        return names;
    }

    private ((int Start, IdxFile Images, IdxFile Labels) Pair, int Within) Find(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var pair = _pairs[^1].Start <= index ? _pairs[^1] : _pairs[0];
        return (pair, index - pair.Start);
    }

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, images, labels) in _pairs)
        {
            hash.AppendData(images.Bytes);
            hash.AppendData(labels.Bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
