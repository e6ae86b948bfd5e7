using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Data;
using PgmCluster.Data.Formats;
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
    private readonly TimeProvider _time;
    private readonly ILogger<DatasetGrain> _logger;

    /// <summary>What the storage holds: calls that interleave answer from it.</summary>
    private DatasetInfo? _written;

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

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _written = _state.State.Info;
        return Task.CompletedTask;
    }

    public async Task<DatasetInfo> Register(DatasetRequest request)
    {
        var name = this.GetPrimaryKeyString();
        if (_written is { Manifest: null } old) return await RegisterOld(old, request);
        // A dataset keeps the split that it has.
        var asked = _written is { Index: not null } drawn && request.ValidationShare > 0
            ? request with { ValidationShare = 0, ValidationImages = HeldOut(drawn) }
            : request;
        var info = Describe(name, request, await Aside(cancellation => _reader.ReadAsync(asked, cancellation)));
        if (_written is { } known)
        {
            if (known.ContentSha256 != info.ContentSha256)
                throw new InvalidRequestException(
                    $"Registering dataset '{name}': the name holds other content ({known.Images} images from {known.Location}). "
                    + "Choose another name.");
            if (!known.Splits.SequenceEqual(info.Splits))
                throw new InvalidRequestException(
                    $"Registering dataset '{name}': it is registered with other splits ({Words(known)}; asked for {Words(info)}). "
                    + "Choose another name.");
            // The same content at another place: the name follows it.
            info = info with { RegisteredAt = known.RegisteredAt };
        }
        await Keep(info);
        LogRegistered(name, info.Images, info.ClassNames.Count, info.Location);
        return info;
    }

    public Task<DatasetInfo> Get() => Task.FromResult(_written
        ?? throw new NotFoundException($"There is no dataset '{this.GetPrimaryKeyString()}'. Register it first."));

    /// <summary>Of before there were manifests: it keeps its record and the split that it has, drawn or not.</summary>
    private async Task<DatasetInfo> RegisterOld(DatasetInfo known, DatasetRequest request)
    {
        await Aside(async cancellation =>
        {
            await _reader.RequireAsync(known, request.Location, cancellation);
            return known;
        });
        if (request.ValidationShare == 0 && HeldOut(known) != request.ValidationImages)
            throw new InvalidRequestException(
                $"Registering dataset '{known.Name}': it is registered with other splits ({Words(known)}; "
                + $"asked for {request.ValidationImages} validation). Choose another name.");
        var info = known with { Location = request.Location };
        await Keep(info);
        return info;
    }

    private async Task Keep(DatasetInfo info)
    {
        if (info != _written)
        {
            _state.State.Info = info;
            await this.Save(_state, _logger);
            _written = info;
        }
        await Catalogue(info);
    }

    private async Task<T> Aside<T>(Func<CancellationToken, Task<T>> read)
    {
        try
        {
            // Reading every image takes long; the pool's thread touches nothing of the grain.
            return await Task.Run(() => read(CancellationToken.None));
        }
        catch (BadInputException e)
        {
            throw new InvalidRequestException(e.Message);
        }
    }

    private DatasetInfo Describe(string name, DatasetRequest request, DatasetFacts facts)
    {
        var manifest = facts.Manifest;
        IReadOnlyList<int>? Counts(string split) => manifest.Splits.FirstOrDefault(s => s.Name == split)?.ImagesByClass;
        return new DatasetInfo
        {
            Name = name,
            Location = request.Location,
            SourceKind = manifest.Format,
            Images = manifest.Images,
            ClassNames = manifest.Classes,
            Splits = [.. manifest.Splits.Select(s => new DatasetSplitInfo(s.Name, s.Start, s.Count))],
            ContentSha256 = manifest.ContentSha256,
            RegisteredAt = _time.GetUtcNow(),
            Index = manifest.Order?.ToReference(),
            LeftOut = LeftOut(manifest.LeftOut),
            TrainingImagesByClass = Counts(SplitNames.Train),
            ValidationImagesByClass = Counts(SplitNames.Validation) ?? new int[manifest.Classes.Count],
            Manifest = facts.File.ToReference(),
            Shards = manifest.Shards.Count,
            Sizes = manifest.Sizes.ToString(),
            Unreadable = [.. manifest.Unreadable.Select(u => u.Key)],
            Remarks = manifest.Remarks,
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

    private static int HeldOut(DatasetInfo info) => info.Splits.FirstOrDefault(s => s.Name == SplitNames.Validation)?.Count ?? 0;

    private static string Words(DatasetInfo info) => string.Join(" + ", info.Splits.Select(s => $"{s.Count} {s.Name}"));
}
