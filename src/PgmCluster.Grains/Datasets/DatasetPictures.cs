using PgmCluster.Contracts.Datasets;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Manifests;
using PgmCluster.Data.Sources;
using PgmCluster.Execution.Devices;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Datasets;

/// <summary>A registered dataset's images, to be looked at: decoded as all work decodes them. Blocks while it reads.</summary>
public sealed class DatasetPictures
{
    private readonly IArtifactStore _store;
    private readonly DatasetInfo _dataset;
    private readonly DatasetManifest? _manifest;
    private readonly DatasetIndex? _order;
    private readonly CancellationToken _cancellation;
    private readonly ImportRoots? _imports;

    /// <param name="store">Where the dataset's manifest and indexes are.</param>
    /// <param name="dataset">Which.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <param name="imports">Which files links may lead to and which servers may be asked; null for all.</param>
    /// <exception cref="Data.DataCorruptException">The dataset's manifest or index is missing or has changed.</exception>
    public DatasetPictures(IArtifactStore store, DatasetInfo dataset, CancellationToken cancellation, ImportRoots? imports = null)
    {
        (_store, _dataset, _cancellation, _imports) = (store, dataset, cancellation, imports);
        _order = dataset.Index is { } drawn ? Read(drawn.ToInfo(), DatasetIndex.Read) : null;
        _manifest = dataset.Manifest is { } named ? Read(named.ToInfo(), DatasetManifest.Read) : null;
    }

    /// <summary>How large images are; null where that was not recorded.</summary>
    public PictureSizes? Sizes => _manifest?.Sizes;

    /// <summary>Whether the order was drawn: else images count as they lie in the shards.</summary>
    public bool IsDrawn => _order is not null;

    /// <summary>The number of the image at a position of the dataset's splits.</summary>
    public int NumberAt(int position) => _order?.Order[position] ?? position;

    /// <summary>Opens the images.</summary>
    /// <param name="wanted">The numbers of those that may be read; labels may be asked of all.</param>
    public RegisteredPictures Open(IReadOnlyList<int> wanted)
    {
        var memory = MachineLimits.Current.KeptBytes;
        return _manifest is null
            ? RegisteredBefore.Open(
                _dataset.Location, _order, _dataset.ContentSha256, whole: false, wanted, memory, _cancellation, _imports)
            : RegisteredPictures.Of(
                _dataset.Location, _manifest, index => Read(index, IndexedShard.Read), wanted, memory, _imports);
    }

    private T Read<T>(ArtifactInfo artifact, Func<string, T> read)
    {
        using var file = _store.Fetch(artifact, _cancellation);
        return read(file.Path);
    }
}
