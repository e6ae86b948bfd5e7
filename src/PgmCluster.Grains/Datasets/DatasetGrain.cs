using Microsoft.Extensions.Hosting;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Datasets;

/// <inheritdoc cref="IDatasetGrain"/>
[GrainType("dataset"), PreferControlSilo]
public sealed partial class DatasetGrain : Grain, IDatasetGrain, IDatasetRecord
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(200);

    private readonly IPersistentState<DatasetState> _state;
    private readonly IDatasetReader _reader;
    private readonly ImportRoots _roots;
    private readonly TimeProvider _time;
    private readonly ILogger<DatasetGrain> _logger;
    private readonly CancellationToken _stopping;

    /// <summary>What the storage holds: calls that interleave answer from it.</summary>
    private DatasetInfo? _written;

    public DatasetGrain(
        [PersistentState("dataset", "Default")] IPersistentState<DatasetState> state,
        IDatasetReader reader,
        ImportRoots roots,
        TimeProvider time,
        ILogger<DatasetGrain> logger,
        IHostApplicationLifetime lifetime)
    {
        _state = state;
        _reader = reader;
        _roots = roots;
        _time = time;
        _logger = logger;
        _stopping = lifetime.ApplicationStopping;
    }

    private DatasetState State => _state.State;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _written = State.Info;
        if (!_state.RecordExists) return;
        try
        {
            // A silo may have died between the record and the catalog.
            if (State.Info is not { } info) await Datasets.Remove(this.GetPrimaryKeyString());
            else if ((await Datasets.Find(info.Name))?.Summary != Entry(info).Summary) await Catalogue(info);
        }
        catch (Exception e)
        {
            LogNotCatalogued(e, this.GetPrimaryKeyString());
        }
    }

    public async Task<RegistrationStart> StartRegistration(DatasetRequest request)
    {
        var name = this.GetPrimaryKeyString();
        await Aside(_ =>
        {
            _roots.Require($"Registering dataset '{name}' from", request.Location);
            return Task.FromResult(true);
        });
        if (_written is { Manifest: null } old) return new RegistrationStart(await RegisterOld(old, request), null);
        if (_written is null) DatasetNames.Check(name);
        if (State.Job is { } running && await IsRunning(running))
        {
            if (State.Asked!.Asked == request with { Format = request.Format ?? State.Asked.Asked.Format })
                return new RegistrationStart(null, running);
            throw new InvalidRequestException(
                $"Registering dataset '{name}': job '{running}' registers it from {State.Asked.Asked.Location} already. "
                + $"Wait for it, or end it with 'pgm runs cancel {running}'.")
            { Code = PgmErrorCode.Conflict };
        }
        // A dataset keeps the split that it has.
        var wanted = _written is { Index: not null } drawn && request.ValidationShare > 0
            ? request with { ValidationShare = 0, ValidationImages = drawn.HeldOut() }
            : request;
        var (known, plan, unfinished) = (_written, State.Plan?.ToInfo(), request.Verify ? null : await Unfinished());
        var planned = await Aside(cancellation => _reader.PlanAsync(name, wanted, known, plan, unfinished, cancellation));
        if (planned.Facts is { } facts) return new RegistrationStart(await Take(wanted, facts, planned.Plan.ToReference()), null);

        var asked = new RegistrationRequest
        {
            Dataset = name,
            Asked = wanted with { Format = planned.Format },
            Plan = planned.Plan.ToReference(),
            Open = planned.Open,
            Known = _written?.Manifest,
            KnownLocation = _written?.Location,
        };
        // The same again: the job goes on with what it has.
        var isSame = State is { Job: not null, Asked: { } before } && before.Asked == asked.Asked && before.Plan == asked.Plan;
        if (!isSame) (State.Job, State.Asked) = ($"register-{name}-{++State.Jobs}", asked);
        await this.Save(_state, _logger);
        await Job(State.Job!).Start(State.Asked!);
        return new RegistrationStart(null, State.Job);
    }

    public async Task<DatasetInfo> Register(DatasetRequest request)
    {
        var started = await StartRegistration(request);
        if (started.Dataset is { } info) return info;
        var job = Job(started.Job!);
        JobStatus status;
        while (!(status = await job.GetStatus()).Phase.IsAtRest()) await Task.Delay(AskAgainAfter, _time);
        if (status.Phase == JobPhase.Completed) return await Get();
        if (status is { Phase: JobPhase.Failed, Message: { } refusal } && !GivenUpWork.IsSaidBy(refusal))
            throw new InvalidRequestException(refusal);
        throw new PgmException(
            status.Message ?? $"Registering dataset '{this.GetPrimaryKeyString()}': job '{started.Job}' is {JobWords.Of(status.Phase)}. "
            + (status.Phase == JobPhase.Paused ? $"'pgm runs resume {started.Job}' goes on." : "Register it again."));
    }

    async Task IDatasetRecord.Record(string job, ArtifactReference manifest)
    {
        if (State.Job != job)
        {
            // Taken before, by a silo that may have died over it.
            if (State.Info is { } taken && taken.Manifest == manifest) await Catalogue(taken);
            return;
        }
        var facts = await Aside(cancellation => _reader.ReadAsync(manifest.ToInfo(), cancellation));
        if (State.Job == job) await Take(State.Asked!.Asked, facts, State.Asked.Plan);
    }

    public async Task Remove()
    {
        var name = this.GetPrimaryKeyString();
        // An entry may have outlived its record.
        if (_written is null) await Datasets.Remove(name);
        await Get();
        var unfinished = GrainFactory.GetGrain<ICatalogGrain>("jobs").Read(new CatalogQuery { AtRest = false });
        var users = await unfinished.Where(j => j.MadeFrom.Contains(name)).ToListAsync();
        if (users.Count > 0)
            throw new InvalidRequestException(
                $"Removing dataset '{name}': {string.Join(", ", users.Select(u => $"'{u.Name}'"))} "
                + $"{(users.Count == 1 ? "is" : "are")} still made from it. Wait, or end that work with 'pgm runs cancel'.")
            {
                Code = PgmErrorCode.Conflict,
            };
        if (State.Job is { } job && await IsRunning(job)) await Job(job).Cancel();
        (State.Info, State.Plan, State.Job, State.Asked) = (null, null, null, null);
        await this.Save(_state, _logger);
        _written = null;
        await Datasets.Remove(name);
    }

    public async Task<ArtifactReference> DrawSheet()
    {
        var info = await Get();
        return (await Aside(cancellation => _reader.DrawAsync(info, cancellation))).ToReference();
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
        if (request.ValidationShare == 0 && known.HeldOut() != request.ValidationImages)
            throw new InvalidRequestException(
                $"Registering dataset '{known.Name}': it is registered with other splits ({known.Splits.InWords()}; "
                + $"asked for {request.ValidationImages} validation). Choose another name.")
            { Code = PgmErrorCode.Conflict };
        if (request.Background is not null)
            throw new InvalidRequestException(
                $"Registering dataset '{known.Name}' on a background: it was registered before images had one. Choose another name.");
        var info = known with { Location = request.Location };
        await Keep(info, plan: null);
        return info;
    }

    /// <summary>Takes what was read: other content than before is another version.</summary>
    private async Task<DatasetInfo> Take(DatasetRequest request, DatasetFacts facts, ArtifactReference plan)
    {
        var info = Describe(this.GetPrimaryKeyString(), request, facts);
        if (_written is { } known)
        {
            var isSame = known.ContentSha256 == info.ContentSha256;
            info = info with
            {
                RegisteredAt = isSame ? known.RegisteredAt : info.RegisteredAt,
                Version = isSame ? known.Version : (known.Version ?? 1) + 1,
            };
        }
        await Keep(info, plan);
        LogRegistered(info.Name, info.Images, info.ClassNames.Count, info.Location);
        return info;
    }

    private async Task Keep(DatasetInfo info, ArtifactReference? plan)
    {
        (State.Info, State.Plan, State.Job, State.Asked) = (info, plan, null, null);
        await this.Save(_state, _logger);
        _written = info;
        await Catalogue(info);
    }

    /// <summary>What was read by a registration that failed or was cancelled: files that are as they were are not read again.</summary>
    private async Task<UnfinishedRegistration?> Unfinished()
    {
        if (State is not { Job: { } job, Asked: { } asked }) return null;
        List<ArtifactReference?> made = [];
        try
        {
            made = await GrainFactory.GetGrain<IRegistrationProgress>(job).GetMade();
        }
        catch (Exception e) when (e is PgmException or TimeoutException)
        {
            // What it read only saves work.
        }
        return new UnfinishedRegistration(asked.Plan.ToInfo(), [.. made.Select(m => m?.ToInfo())], asked.Asked.Background is not null);
    }

    private async Task<bool> IsRunning(string job)
    {
        try
        {
            return !(await Job(job).GetStatus()).Phase.IsAtRest();
        }
        catch (NotFoundException)
        {
            // Its id was drawn, and then this grain's silo died.
            return false;
        }
    }

    private IRegistrationJobGrain Job(string id) => GrainFactory.GetGrain<IRegistrationJobGrain>(id);

    private Task<T> Aside<T>(Func<CancellationToken, Task<T>> read) =>
        AsideRead.RunAsync($"Reading the data of '{this.GetPrimaryKeyString()}'", read, AsideRead.AtMost, _stopping);

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
            Background = manifest.Background,
            ShorterSides = manifest.Sizes.ByShorterSide,
        };
    }

    private Task Catalogue(DatasetInfo info) => Datasets.Put(Entry(info));

    private static CatalogEntry Entry(DatasetInfo info) => new()
    {
        Name = info.Name,
        Summary = $"{info.Images} images, {info.ClassNames.Count} classes, {info.SourceKind} at {info.Location}",
        CreatedAt = info.RegisteredAt,
        AtRest = true,
    };

    private ICatalogGrain Datasets => GrainFactory.GetGrain<ICatalogGrain>("datasets");

    private static string? LeftOut(IReadOnlyDictionary<string, int> counts)
    {
        var sum = counts.Values.Sum();
        if (sum == 0) return null;
        var kinds = counts.OrderByDescending(c => c.Value).Select(c => $"{(c.Key.Length > 0 ? c.Key : "without an ending")} {c.Value}");
        return $"{sum} {(sum == 1 ? "file" : "files")} left out: {string.Join(", ", kinds)}";
    }
}
