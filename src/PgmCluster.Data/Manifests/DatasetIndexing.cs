using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Blobs.Http;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Formats.Layouts;
using PgmCluster.Data.Images;

namespace PgmCluster.Data.Manifests;

/// <summary>The steps of a registration. What they make are artifacts named by their content: equal content is kept once.</summary>
public static class DatasetIndexing
{
    private const string Folder = "datasets";

    /// <summary>The files of a dataset.</summary>
    /// <param name="location">A directory, one file of it, or an address of the web, which is not asked for anything yet.</param>
    /// <param name="imports">Which files links may lead to and which servers may be asked; null for all.</param>
    /// <exception cref="BadInputException">There is none.</exception>
    public static IBlobs Open(string location, ImportRoots? imports = null) => HttpBlobs.Is(location)
        ? new HttpBlobs(location, imports?.Http)
        : File.Exists(location) ? new FileBlobs(location, imports) : new DirectoryBlobs(location, imports);

    /// <summary>Lists a source and recognises how it is laid out.</summary>
    /// <param name="blobs">Where the files lie.</param>
    /// <param name="format">A format's name; null to recognise it.</param>
    /// <param name="cancellation">Ends the listing.</param>
    /// <exception cref="BadInputException">It is of no format that is known, not of the one that was named, or broken.</exception>
    public static async Task<DatasetLayout> LayOutAsync(IBlobs blobs, string? format, CancellationToken cancellation) =>
        await DatasetFormats.RecognizeAsync(await SourceListing.OfAsync(blobs, cancellation), format, cancellation);

    /// <summary>Writes a plan.</summary>
    /// <returns>The artifact, and where in it each shard begins that is to be indexed.</returns>
    public static async Task<(ArtifactInfo File, IReadOnlyList<long> Open)> KeepPlanAsync(
        RegistrationPlan plan, IArtifactStore store, CancellationToken cancellation)
    {
        IReadOnlyList<long> open = [];
        var file = await KeepAsync(store, stream => open = plan.WriteTo(stream), ".plan.jsonl", cancellation);
        return (file, open);
    }

    /// <summary>Reads a shard once, and writes its index.</summary>
    /// <exception cref="BadInputException">The shard is broken, or its files have changed since they were listed.</exception>
    public static async Task<(ShardIndex Index, ArtifactInfo File)> IndexAsync(
        IBlobs blobs, string format, ShardPlan plan, IArtifactStore store, CancellationToken cancellation)
    {
        var index = await DatasetFormats.Named(format).IndexAsync(blobs, plan, cancellation);
        return (index, await KeepAsync(store, new IndexedShard(plan, index).WriteTo, ".safetensors", cancellation));
    }

    /// <summary>Writes the manifest of all shards.</summary>
    /// <param name="plan">With the indexes that were known.</param>
    /// <param name="made">Those that were made, in the order of the shards that lacked one.</param>
    /// <param name="location">Names the source in messages.</param>
    /// <param name="request">How much is held out.</param>
    /// <param name="skip">So many pictures may be unreadable.</param>
    /// <param name="store">Where to.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <param name="background">What transparent pixels are composed on; null drops their alpha.</param>
    /// <exception cref="BadInputException">Pictures, labels or splits do not fit what is asked for.</exception>
    public static async Task<(DatasetManifest Manifest, ArtifactInfo File)> ConcludeAsync(
        RegistrationPlan plan, IEnumerable<ArtifactInfo> made, string location, SplitRequest request, int skip, IArtifactStore store,
        CancellationToken cancellation, BackgroundColor? background = null)
    {
        var builder = new ManifestBuilder(plan.Layout, location) { Background = background };
        using var next = made.GetEnumerator();
        foreach (var known in plan.Known)
        {
            var index = known ?? (next.MoveNext() ? next.Current : throw new ArgumentException("An index is missing.", nameof(made)));
            using var file = await store.FetchAsync(index, cancellation);
            builder.Add(IndexedShard.Read(file.Path), index);
        }
        var (manifest, order) = builder.Build(request, skip);
        if (order is not null) manifest = manifest with { Order = await KeepAsync(store, order.WriteTo, ".safetensors", cancellation) };
        return (manifest, await KeepAsync(store, manifest.WriteTo, ".json", cancellation));
    }

    /// <summary>Does all steps, one after the other, in this process.</summary>
    /// <inheritdoc cref="ConcludeAsync"/>
    public static async Task<(DatasetManifest Manifest, ArtifactInfo File)> RegisterAsync(
        string location, string? format, SplitRequest request, int skip, IArtifactStore store, CancellationToken cancellation,
        BackgroundColor? background = null)
    {
        var blobs = Open(location);
        var plan = RegistrationPlan.Of(await LayOutAsync(blobs, format, cancellation), former: null, []);
        var made = new List<ArtifactInfo>();
        foreach (var shard in plan.Layout.Shards)
            made.Add((await IndexAsync(blobs, plan.Layout.Format, shard, store, cancellation)).File);
        return await ConcludeAsync(plan, made, blobs.Location, request, skip, store, cancellation, background);
    }

    private static async Task<ArtifactInfo> KeepAsync(
        IArtifactStore store, Action<Stream> write, string extension, CancellationToken cancellation)
    {
        // Made twice, once for the name: the plan of a million files is too large to be kept for a moment.
        using var hash = new HashingStream(Stream.Null);
        write(hash);
        var name = $"{Folder}/{hash.Finish("").Sha256}{extension}";
        return await store.WriteAsync(name, (stream, _) =>
        {
            write(stream);
            return Task.CompletedTask;
        }, cancellation);
    }
}
