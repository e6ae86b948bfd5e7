using System.Security.Cryptography;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Sources;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Datasets;

/// <inheritdoc cref="IDatasetGrain"/>
[PreferControlSilo]
public sealed partial class DatasetGrain : Grain, IDatasetGrain
{
    private readonly IPersistentState<DatasetState> _state;
    private readonly IDatasetReader _reader;
    private readonly IArtifactStore _artifacts;
    private readonly TimeProvider _time;
    private readonly ILogger<DatasetGrain> _logger;

    public DatasetGrain(
        [PersistentState("dataset", "Default")] IPersistentState<DatasetState> state,
        IDatasetReader reader,
        IArtifactStore artifacts,
        TimeProvider time,
        ILogger<DatasetGrain> logger)
    {
        _artifacts = artifacts;
        _state = state;
        _reader = reader;
        _time = time;
        _logger = logger;
    }

    public async Task<DatasetInfo> Register(DatasetRequest request)
    {
        var name = this.GetPrimaryKeyString();
        var facts = await Read(request.Location);
        if (_state.State.Info is { } known)
        {
            if (known.ContentSha256 != facts.ContentSha256)
                throw new InvalidRequestException(
                    $"Registering dataset '{name}': the name holds other content ({known.Images} images from {known.Location}). "
                    + "Choose another name.");
            return await RegisterAgain(known, request, facts);
        }
        var info = Describe(name, request, facts);
        info = info with { Index = await Keep(facts.Index) };
        _state.State.Info = info;
        await this.Save(_state, _logger);
        await Catalogue(info);
        LogRegistered(name, info.Images, info.ClassNames.Count, info.Location);
        return info;
    }

    public Task<DatasetInfo> Get() => Task.FromResult(_state.State.Info
        ?? throw new NotFoundException($"There is no dataset '{this.GetPrimaryKeyString()}'. Register it first."));

    private async Task<DatasetFacts> Read(string location)
    {
        try
        {
            // Reading every image takes long; the pool's thread touches nothing of the grain.
            var reader = _reader;
            return await Task.Run(() => reader.Read(location));
        }
        catch (BadInputException e)
        {
            throw new InvalidRequestException(e.Message);
        }
    }

    /// <summary>A dataset keeps the split that it has, drawn or not: what was made from it stays comparable.</summary>
    private async Task<DatasetInfo> RegisterAgain(DatasetInfo known, DatasetRequest request, DatasetFacts facts)
    {
        var held = known.Splits.FirstOrDefault(s => s.Name == "validation")?.Count ?? 0;
        if (request.ValidationShare == 0 && held != Held(known.Name, request, facts.Images))
            throw new InvalidRequestException(
                $"Registering dataset '{known.Name}': it is registered with other splits ({Words(known)}; "
                + $"asked for {request.ValidationImages} validation). Choose another name.");
        // The same content at another place: the name follows it. An index that was lost is made again.
        var info = known with { Location = request.Location, Index = known.Index is null ? null : await Keep(facts.Index) };
        if (info != known)
        {
            _state.State.Info = info;
            await this.Save(_state, _logger);
        }
        await Catalogue(info);
        return info;
    }

    private async Task<ArtifactReference> Keep(DatasetIndex index)
    {
        var store = _artifacts;
        return await Task.Run(() =>
        {
            using var bytes = new MemoryStream();
            index.WriteTo(bytes);
            var content = bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
            // By its content: jobs that are at work keep the index that they began with.
            var name = $"datasets/{Convert.ToHexStringLower(SHA256.HashData(content.Span))}.safetensors";
            return store.Write(name, stream => stream.Write(content.Span)).ToReference();
        });
    }

    private static int Held(string name, DatasetRequest request, int images)
    {
        if (request.ValidationShare is < 0 or >= 1 or double.NaN)
            throw new InvalidRequestException(
                $"Registering dataset '{name}': a share of {request.ValidationShare} for validation asked for. "
                + "Give one above 0 and below 1.");
        var held = request.ValidationShare > 0 ? Math.Max(2, (int)Math.Round(request.ValidationShare * images)) : request.ValidationImages;
        if (held >= 0 && held < images) return held;
        throw new InvalidRequestException(
            $"Registering dataset '{name}': {held} validation images asked for, the source has {images}. Give 0 to {images - 1}.");
    }

    private DatasetInfo Describe(string name, DatasetRequest request, DatasetFacts facts)
    {
        var held = Held(name, request, facts.Images);
        var training = facts.Images - held;
        var splits = new List<DatasetSplitInfo> { new("train", 0, training) };
        if (held > 0) splits.Add(new DatasetSplitInfo("validation", training, held));
        return new DatasetInfo
        {
            Name = name,
            Location = request.Location,
            SourceKind = facts.SourceKind,
            Images = facts.Images,
            ClassNames = facts.ClassNames,
            Splits = splits,
            ContentSha256 = facts.ContentSha256,
            RegisteredAt = _time.GetUtcNow(),
            LeftOut = LeftOut(facts.LeftOut),
            TrainingImagesByClass = facts.CountByClass(0, training),
            ValidationImagesByClass = facts.CountByClass(training, held),
        };
    }

    private Task Catalogue(DatasetInfo info) => GrainFactory.GetGrain<ICatalogGrain>("datasets").Put(new CatalogEntry
    {
        Name = info.Name,
        Summary = $"{info.Images} images, {info.ClassNames.Count} classes, {info.SourceKind} at {info.Location}",
        CreatedAt = info.RegisteredAt,
        AtRest = true,
    });

    private static string? LeftOut(IReadOnlyDictionary<string, int> counts)
    {
        var sum = counts.Values.Sum();
        if (sum == 0) return null;
        var kinds = counts.OrderByDescending(c => c.Value).Select(c => $"{(c.Key.Length > 0 ? c.Key : "without an ending")} {c.Value}");
        return $"{sum} {(sum == 1 ? "file" : "files")} left out: {string.Join(", ", kinds)}";
    }

    private static string Words(DatasetInfo info) => string.Join(" + ", info.Splits.Select(s => $"{s.Count} {s.Name}"));
}
