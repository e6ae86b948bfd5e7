using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Formats.Layouts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Manifests;
using PgmCluster.Execution.Documents;

namespace PgmCluster.Execution.Tests.Datasets;

/// <summary>The first sample pictures as files, registered like a dataset.</summary>
internal sealed class PictureFolders : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-pictures-").FullName;

    /// <summary>Writes the pictures as PNG, a folder per class.</summary>
    /// <param name="count">How many of the sample pictures.</param>
    /// <param name="name">File of a picture within its class, by its index.</param>
    public string WriteFolder(int count, Func<int, string> name)
    {
        var root = Directory.CreateTempSubdirectory("pgm-folder-").FullName;
        Directory.Delete(root);
        root = Path.Combine(_directory, Path.GetFileName(root));
        var blobs = DatasetIndexing.Open(TestRuns.Location);
        var layout = DatasetIndexing.LayOutAsync(blobs, null, default).GetAwaiter().GetResult();
        var format = DatasetFormats.Named(layout.Format);
        var index = format.IndexAsync(blobs, layout.Shards[0]).GetAwaiter().GetResult();
        foreach (var (i, image) in format.ReadAsync(blobs, layout.Shards[0], index, 0, count).ToBlockingEnumerable().Index())
        {
            var folder = Directory.CreateDirectory(Path.Combine(root, index.LabelTexts[image.Label])).FullName;
            File.WriteAllBytes(Path.Combine(folder, name(i)), PngWriter.Encode(ImageDecoder.Decode(image.Bytes.Span, image.Key)));
        }
        return root;
    }

    /// <summary>Writes gray pictures as STL-10 has them: those with a label, then a split of those without.</summary>
    public string WriteStl10(int labelled, int unlabelled)
    {
        const int Picture = 3 * 96 * 96;
        var root = Directory.CreateDirectory(Path.Combine(_directory, "stl10")).FullName;
        byte[] Pictures(int first, int count) =>
            [.. Enumerable.Range(first, count).SelectMany(i => Enumerable.Repeat((byte)(20 * i), Picture))];
        File.WriteAllBytes(Path.Combine(root, "train_X.bin"), Pictures(0, labelled));
        File.WriteAllBytes(Path.Combine(root, "train_y.bin"), [.. Enumerable.Range(1, labelled).Select(i => (byte)i)]);
        File.WriteAllBytes(Path.Combine(root, "unlabeled_X.bin"), Pictures(labelled, unlabelled));
        return root;
    }

    /// <summary>All of a directory's pictures in the drawn order.</summary>
    public static ImageRange Register(string location, IArtifactStore store, string? background = null)
    {
        var (manifest, file) = DatasetIndexing.RegisterAsync(
            location, null, new SplitRequest(0, 0), 0, store, default, BackgroundColor.Parse(background)).GetAwaiter().GetResult();
        return new ImageRange(location, manifest.ContentSha256, 0, manifest.Images) { Manifest = file, Index = manifest.Order };
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
