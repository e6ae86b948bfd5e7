using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Formats.Layouts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Manifests;
using PgmCluster.Data.Sources;

namespace PgmCluster.Data.Tests.Manifests;

/// <summary>A directory, registered into a store of its own.</summary>
internal sealed class Registration : IDisposable
{
    private readonly TemporaryDirectory _artifacts;

    private Registration(
        string location, TemporaryDirectory artifacts, DirectoryArtifactStore store, DatasetManifest manifest, ArtifactInfo file) =>
        (Location, _artifacts, Store, Manifest, File) = (location, artifacts, store, manifest, file);

    public string Location { get; }

    public DirectoryArtifactStore Store { get; }

    public DatasetManifest Manifest { get; }

    public ArtifactInfo File { get; }

    /// <summary>By position the picture's number.</summary>
    public IReadOnlyList<int> Order => Manifest.Order is { } order
        ? DatasetIndex.Read(_artifacts.File(order.Name)).Order
        : [.. Enumerable.Range(0, Manifest.Images)];

    public static async Task<Registration> Of(
        string location, int validation = 0, double share = 0, int skip = 0, string? format = null, string? background = null)
    {
        var artifacts = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(artifacts.Path);
        var (manifest, file) = await DatasetIndexing.RegisterAsync(
            location, format, new SplitRequest(validation, share), skip, store, default, BackgroundColor.Parse(background));
        return new Registration(location, artifacts, store, manifest, file);
    }

    /// <summary>What a work item reads of it: nothing but manifest, indexes and pictures.</summary>
    public RegisteredPictures Pictures(long memory = 1 << 20)
    {
        var read = Read(File, DatasetManifest.Read);
        return new RegisteredPictures(
            DatasetIndexing.Open(Location), DatasetFormats.Named(read.Format), [.. read.Shards.Select(s => s.Images)],
            shard => Read(read.Shards[shard].Index, IndexedShard.Read), read.Labels, Enumerable.Range(0, read.Images), memory)
        {
            Background = BackgroundColor.Parse(read.Background),
        };
    }

    /// <summary>A file of the store.</summary>
    public T Read<T>(ArtifactInfo info, Func<string, T> read)
    {
        using var file = Store.Fetch(info);
        return read(file.Path);
    }

    /// <summary>Pictures of a split: the red of the first pixel, and the class.</summary>
    public List<(int Red, int Label)> Split(string name)
    {
        var (split, order, pictures) = (Manifest.Splits.Single(s => s.Name == name), Order, Pictures());
        return [.. Enumerable.Range(split.Start, split.Count)
            .Select(position => ((int)pictures.Read(order[position]).Pixels[0], pictures.Label(order[position])))];
    }

    public void Dispose() => _artifacts.Dispose();
}
