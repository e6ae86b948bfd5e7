using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Data;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Datasets;

/// <inheritdoc cref="IDatasetGrain"/>
[PreferControlSilo]
public sealed partial class DatasetGrain : Grain, IDatasetGrain
{
    private readonly IPersistentState<DatasetState> _state;
    private readonly IDatasetReader _reader;
    private readonly TimeProvider _time;
    private readonly ILogger<DatasetGrain> _logger;

    public DatasetGrain(
        [PersistentState("dataset", "Default")] IPersistentState<DatasetState> state,
        IDatasetReader reader,
        TimeProvider time,
        ILogger<DatasetGrain> logger)
    {
        _state = state;
        _reader = reader;
        _time = time;
        _logger = logger;
    }

    public async Task<DatasetInfo> Register(DatasetRequest request)
    {
        var name = this.GetPrimaryKeyString();
        var facts = await Read(request.Location);
        if (request.ValidationImages < 0 || request.ValidationImages >= facts.Images)
        {
            throw new InvalidRequestException(
                $"Registering dataset '{name}': {request.ValidationImages} validation images asked for, the source has {facts.Images}. Give 0 to {facts.Images - 1}.");
        }
        var info = Describe(name, request, facts);
        if (_state.State.Info is { } known)
        {
            if (known.ContentSha256 != info.ContentSha256)
                throw new InvalidRequestException($"Registering dataset '{name}': the name holds other content ({known.Images} images from {known.Location}). Choose another name.");
            if (!known.Splits.SequenceEqual(info.Splits))
                throw new InvalidRequestException($"Registering dataset '{name}': it is registered with other splits ({Words(known)}; asked for {Words(info)}). Choose another name.");
            if (known.Location == info.Location)
            {
                await Catalogue(known);
                return known;
            }
            // The same content at another place: the name follows it.
            info = info with { RegisteredAt = known.RegisteredAt };
        }
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

    private DatasetInfo Describe(string name, DatasetRequest request, DatasetFacts facts)
    {
        var training = facts.Images - request.ValidationImages;
        var splits = new List<DatasetSplitInfo> { new("train", 0, training) };
        if (request.ValidationImages > 0) splits.Add(new DatasetSplitInfo("validation", training, request.ValidationImages));
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
        };
    }

    private Task Catalogue(DatasetInfo info) => GrainFactory.GetGrain<ICatalogGrain>("datasets").Put(new CatalogEntry
    {
        Name = info.Name,
        Summary = $"{info.Images} images, {info.ClassNames.Count} classes, {info.SourceKind} at {info.Location}",
        CreatedAt = info.RegisteredAt,
        AtRest = true,
    });

    private static string Words(DatasetInfo info) => string.Join(" + ", info.Splits.Select(s => $"{s.Count} {s.Name}"));
}
