using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Sources;
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
        using var source = ImageSources.Open(TestRuns.Location);
        for (var i = 0; i < count; i++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(root, $"{source.Label(i)}")).FullName;
            File.WriteAllBytes(Path.Combine(folder, name(i)), PngWriter.Encode(source.Read(i)));
        }
        return root;
    }

    /// <summary>All of a directory's pictures in the drawn order.</summary>
    public static ImageRange Register(string location, IArtifactStore store)
    {
        using var source = ImageSources.Open(location);
        var index = DatasetIndex.Of(source);
        var hash = source.ContentSha256();
        return new ImageRange(location, hash, 0, source.Count) { Index = store.Write($"datasets/{hash}.safetensors", index.WriteTo) };
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
