using System.Numerics;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Manifests;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Calls;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Sampling;

namespace PgmCluster.Grains.Tokenization;

/// <inheritdoc cref="ITokenizationJobGrain"/>
[GrainType("tokenizationjob")]
public sealed class TokenizationJobGrain : WorkJobGrain<TokenizationJobState, TokenizationRequest>, ITokenizationJobGrain, ITokenSource
{
    /// <summary>Shard i of the first set is unit "i".</summary>
    private const string ShardUnits = "";

    private readonly IDatasetReader _reader;
    private readonly IArtifactStore _store;
    private readonly ImportRoots _roots;

    public TokenizationJobGrain(
        [PersistentState("tokenization-job", "Default")] IPersistentState<TokenizationJobState> state, ImportRoots roots,
        IDatasetReader reader, IArtifactStore store, TimeProvider time, ILogger<TokenizationJobGrain> logger)
        : base(state, time, logger) => (_roots, _reader, _store) = (roots, reader, store);

    protected override JobKind Kind => JobKind.Tokenization;

    /// <summary>A version before knows neither units of different sizes nor sets: it would tokenize other images than are meant.</summary>
    protected override int NewestFormat => 3;

    public override Task<Origin> GetOrigin() => Task.FromResult(TokenizationOrigin.Of(JobId, RequireStarted()));

    public Task<JobStatus> Start(TokenizationRequest request) =>
        SkippedImages.Start(Title, request.SkipBad, () => StartJob(request), () => State.Result?.Skipped);

    public Task<TokenizationResult> GetResult()
    {
        var request = RequireStarted().Request!;
        var result = State.Result ?? throw NotReady.Of($"Tokenization '{JobId}' is", State.Phase, "it has no result");
        return Task.FromResult(result with { Split = request.Import?.Split ?? request.Split });
    }

    public Task<TokenizationEstimate?> GetEstimate()
    {
        RequireStarted();
        return Task.FromResult(State.Estimate);
    }

    public async Task<DatasetInfo> GetDataset()
    {
        RequireStarted();
        var made = State.Dataset!;
        try
        {
            var present = await GrainFactory.GetGrain<IDatasetGrain>(made.Name).Get();
            var isSame = present.ContentSha256 == made.ContentSha256 && present.Splits.SequenceEqual(made.Splits)
                && present.Index is null == made.Index is null;
            return isSame ? made with { Location = present.Location, Manifest = present.Manifest, Index = present.Index } : made;
        }
        catch (NotFoundException)
        {
            // Its record was removed; what it was is known here.
            return made;
        }
    }

    Task<TokenOrigin?> ITokenSource.GetOrigin() => Task.FromResult(State.Request is not { Import: null }
        ? null
        : new TokenOrigin(State.Dataset!, State.Tokenizer!, State.Request, State.Units, State.ImagesPerSecond));

    protected override async Task<TokenizationJobState> Plan(TokenizationRequest request)
    {
        if (request.Import is not null) return await ImportedTokens.PlanAsync(GrainFactory, _roots, JobId, request, ShardUnits);
        if (request.ShardSize < 1)
            throw new InvalidRequestException($"Starting tokenization '{JobId}': the shard size is {request.ShardSize}. Give 1 or more.");
        if (request.BatchSize < 1)
            throw new InvalidRequestException($"Starting tokenization '{JobId}': the batch size is {request.BatchSize}. Give 1 or more.");
        var threads = SamplingSettingsMapping.CompleteThreads(request.Threads);
        SetOfTokens.Check(JobId, request);
        var dataset = await GrainFactory.GetGrain<IDatasetGrain>(request.Dataset).Get();
        var sets = SetOfTokens.Of(request);
        if (sets.FirstOrDefault(s => dataset.Split(s.Split).Count == 0) is { } empty)
            throw new InvalidRequestException(
                $"Starting tokenization '{JobId}': split '{empty.Split}' of dataset '{request.Dataset}' has no images. "
                + "Name another split.");
        var (tokenizer, trained) = await Lineage.TrainedOf(GrainFactory, request.Tokenizer, "tokenizer");
        // A drawn order says nothing of the dataset's shards.
        var manifest = dataset is { Manifest: { } file, Index: null }
            ? (await Task.Run(() => _reader.ReadAsync(file.ToInfo(), default))).Manifest
            : null;
        var shape = TokenizerShape.Of(trained.Specification);
        var batch = shape?.BatchSize(request.BatchSize, threads, await Scheduler.GetDevices()) ?? request.BatchSize;
        var settled = request with { Threads = threads, BatchSize = batch };
        List<UnitRun> units = [.. sets.Select(set => UnitsOf(set, dataset.Split(set.Split), manifest, request.ShardSize))];
        var images = units.Sum(u => (long)u.Images);
        return new TokenizationJobState
        {
            Request = settled,
            Summary = $"{request.Dataset} ({string.Join(" and ", request.AlsoSplits.Prepend(request.Split))}"
                + $"{(request.Flips ? ", each also mirrored" : "")}, {images} images) by {request.Tokenizer}",
            MadeFrom = [request.Dataset, request.Tokenizer],
            Dataset = dataset,
            Tokenizer = tokenizer,
            Units = units,
            Reused = manifest is not null && dataset.Version > 1
                ? await Former.FindAsync(JobId, new TokenOrigin(dataset, tokenizer, settled, units), manifest)
                : [],
            Progress = new JobProgress { Unit = "image", Total = images },
            Estimate = await EstimateAsync(settled, tokenizer, shape, images, units.Sum(u => u.Units)),
        };
    }

    protected override async Task Drive(bool verify)
    {
        if (State.Reused.Count > 0)
        {
            var known = await Former.ResultsAsync(State.Reused);
            await ManyCalls.Of(known, k => Unit(Board[k.Index]).TakeOver(new WorkRecord { Result = k.Result }));
            State.Reused = [];
            await Commit();
        }
        await base.Drive(verify);
    }

    protected override TokenizationRequest Renewed(TokenizationRequest asked) => State.Request! with { SkipBad = asked.SkipBad };

    protected override (string Kind, string Document) Describe(WorkUnit unit)
    {
        var request = State.Request!;
        if (request.Import is not null) return ImportedTokens.Describe(State, JobId, unit);
        var set = SetOf(unit);
        return (WorkKinds.TokenizeShard, WorkJson.Write(new TokenizeShardWork
        {
            Output = set.Output(JobId, unit.Number),
            Tokenizer = State.Tokenizer!.ToInfo(),
            Images = State.Dataset!.Range(set.Split, unit.First, unit.Images),
            Flip = set.Flipped,
            ByPictures = unit.Run.Ends is not null,
            BatchSize = request.BatchSize,
            Threads = request.Threads,
            SkipBad = request.SkipBad,
        }));
    }

    protected override void Check(WorkUnit unit, string result)
    {
        if (State.Request!.Import is not null)
        {
            WorkJson.Read<ImportTokensResult>(result);
            return;
        }
        var made = WorkJson.Read<TokenizeShardResult>(result);
        if (made.Flipped != SetOf(unit).Flipped)
            throw new PgmException($"Shard {unit.Name} of tokenization '{JobId}' was to be mirrored, and its device did not do so.");
        if (made.Images + made.Skipped.Count != unit.Images)
            throw new PgmException(
                $"Shard {unit.Name} of tokenization '{JobId}' has another number of images than the {unit.Images} asked for.");
    }

    protected override async Task Conclude()
    {
        var request = State.Request!;
        var sets = new List<TokenSet>();
        var all = new List<TokenizeShardResult>();
        if (request.Import is not null)
        {
            var imported = await Results<ImportTokensResult>(ShardUnits);
            State.Dataset = ImportedTokens.DatasetOf(State, JobId, imported);
            Add(SetOfTokens.Of(request)[0], [.. imported.Select(i => i.Shard)]);
        }
        else
        {
            foreach (var set in SetOfTokens.Of(request)) Add(set, await Results<TokenizeShardResult>(set.Run));
            State.ImagesPerSecond = SpeedOf(all);
        }
        State.Result = new TokenizationResult
        {
            Shards = sets[0].Shards,
            Images = sets[0].Images,
            MoreSets = sets.Count > 1 ? sets[1..] : null,
            Height = all[0].Height,
            Width = all[0].Width,
            Codebook = all[0].Codebook,
            CodesUsed = CodesIn(all),
            Dataset = State.Dataset!.Name,
            Tokenizer = request.Tokenizer,
            Skipped = SkippedImages.Of($"tokenization '{JobId}'", all.Select(s => s.Skipped), request.SkipBad),
        };

        void Add(SetOfTokens set, IReadOnlyList<TokenizeShardResult> shards)
        {
            all.AddRange(shards);
            sets.Add(new TokenSet
            {
                Split = set.Split,
                Flipped = set.Flipped,
                Images = shards.Sum(s => s.Images),
                Shards = [.. shards.Select((s, i) => new TokenShardInfo { Index = i, Images = s.Images, File = s.File.ToReference() })],
            });
        }
    }

    protected override async Task<(List<UnitRun> Units, IReadOnlyList<WorkRecord> Known)> FormerUnits()
    {
        var request = State.Request!;
        var shards = Enumerable.Range(0, State.Shards.Count).Select(i => GrainFactory.GetGrain<IFormerShard>($"{JobId}/{i}")).ToList();
        var known = await ManyCalls.Of(shards, shard => shard.GetRecord());
        (State.Shards, State.Codes) = ([], []);
        return ([UnitRun.OfImages(ShardUnits, State.Dataset!.Split(request.Split).Count, request.ShardSize)], known);
    }

    private async Task<TokenizationEstimate> EstimateAsync(
        TokenizationRequest request, ArtifactReference tokenizer, TokenizerShape? shape, long images, int shards)
    {
        var speed = await MeasuredSpeed.OfAsync(GrainFactory, request.Tokenizer, tokenizer);
        return new TokenizationEstimate
        {
            Images = images,
            Shards = shards,
            BatchSize = request.BatchSize,
            Bytes = shape?.BytesOf(images),
            ImagesPerSecond = speed?.ImagesPerSecond,
            MeasuredBy = speed?.Job,
        };
    }

    /// <summary>Of a job that went through in one attempt: pauses would count as work.</summary>
    private double? SpeedOf(IEnumerable<TokenizeShardResult> shards)
    {
        if (State is not { Attempt: 1, StartedAt: { } started }) return null;
        var seconds = (Time.GetUtcNow() - started).TotalSeconds;
        var own = shards.Where(s => s.File.Name.StartsWith($"tokens/{JobId}/", StringComparison.Ordinal)).Sum(s => (long)s.Images);
        return seconds > 0 && own > 0 ? own / seconds : null;
    }

    private SetOfTokens SetOf(WorkUnit unit) => SetOfTokens.Of(State.Request!).Single(s => s.Run == unit.Run.Name);

    private FormerTokens Former => new(GrainFactory, _reader, _store);

    private static UnitRun UnitsOf(SetOfTokens set, DatasetSplitInfo split, DatasetManifest? manifest, int size) => manifest is null
        ? UnitRun.OfImages(set.Run, split.Count, size)
        : UnitRun.OfParts(set.Run, ShardCuts.Of(manifest.Shards.Select(s => s.Images), split.Start, split.Count, size));

    /// <summary>How many codes occur in any of the shards.</summary>
    private static int CodesIn(IReadOnlyList<TokenizeShardResult> shards)
    {
        var union = new byte[shards.Max(s => s.CodeBitmap.Length)];
        foreach (var bitmap in shards.Select(s => s.CodeBitmap))
        {
            for (var i = 0; i < bitmap.Length; i++) union[i] |= bitmap[i];
        }
        return union.Sum(b => BitOperations.PopCount(b));
    }
}
