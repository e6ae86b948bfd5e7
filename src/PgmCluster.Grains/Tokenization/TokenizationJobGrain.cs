using System.Numerics;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Data.Blobs;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Sampling;

namespace PgmCluster.Grains.Tokenization;

/// <inheritdoc cref="ITokenizationJobGrain"/>
public sealed class TokenizationJobGrain : WorkJobGrain<TokenizationJobState, TokenizationRequest>, ITokenizationJobGrain
{
    /// <summary>Shard i is unit "i".</summary>
    private const string ShardUnits = "";

    private readonly ImportRoots _roots;

    public TokenizationJobGrain(
        [PersistentState("tokenization-job", "Default")] IPersistentState<TokenizationJobState> state, ImportRoots roots,
        TimeProvider time, ILogger<TokenizationJobGrain> logger)
        : base(state, time, logger) => _roots = roots;

    protected override JobKind Kind => JobKind.Tokenization;

    public override Task<Origin> GetOrigin() => Task.FromResult(TokenizationOrigin.Of(JobId, RequireStarted()));

    public Task<JobStatus> Start(TokenizationRequest request) => StartJob(request);

    public Task<TokenizationResult> GetResult()
    {
        RequireStarted();
        return Task.FromResult(State.Result ?? throw new PgmException(
            $"Tokenization '{JobId}' is {JobWords.Of(State.Phase)}; it has no result yet."));
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

    protected override async Task<TokenizationJobState> Plan(TokenizationRequest request)
    {
        if (request.Import is not null) return await ImportedTokens.PlanAsync(GrainFactory, _roots, JobId, request, ShardUnits);
        if (request.ShardSize < 1)
            throw new InvalidRequestException($"Starting tokenization '{JobId}': the shard size is {request.ShardSize}. Give 1 or more.");
        if (request.SkipBad < 0)
            throw new InvalidRequestException(
                $"Starting tokenization '{JobId}': {request.SkipBad} images may be left out. Give 0 or more.");
        if (request.BatchSize < 1)
            throw new InvalidRequestException($"Starting tokenization '{JobId}': the batch size is {request.BatchSize}. Give 1 or more.");
        var threads = SamplingSettingsMapping.CompleteThreads(request.Threads);
        var dataset = await GrainFactory.GetGrain<IDatasetGrain>(request.Dataset).Get();
        var images = dataset.Split(request.Split).Count;
        if (images == 0)
            throw new InvalidRequestException(
                $"Starting tokenization '{JobId}': split '{request.Split}' of dataset '{request.Dataset}' has no images. "
                + "Name another split.");
        var tokenizer = await Lineage.WeightsOf(GrainFactory, request.Tokenizer, "tokenizer");
        return new TokenizationJobState
        {
            Request = request with { Threads = threads },
            Summary = $"{request.Dataset} ({request.Split}, {images} images) by {request.Tokenizer}",
            MadeFrom = [request.Dataset, request.Tokenizer],
            Dataset = dataset,
            Tokenizer = tokenizer,
            Units = [UnitRun.OfImages(ShardUnits, images, request.ShardSize)],
            Progress = new JobProgress { Unit = "image", Total = images },
        };
    }

    protected override TokenizationRequest Renewed(TokenizationRequest asked) => State.Request! with { SkipBad = asked.SkipBad };

    protected override (string Kind, string Document) Describe(WorkUnit unit)
    {
        var request = State.Request!;
        if (request.Import is not null) return ImportedTokens.Describe(State, JobId, unit);
        return (WorkKinds.TokenizeShard, WorkJson.Write(new TokenizeShardWork
        {
            Output = $"tokens/{JobId}/shard-{unit.Number:00000}.safetensors",
            Tokenizer = State.Tokenizer!.ToInfo(),
            Images = State.Dataset!.Range(request.Split, unit.First, unit.Images),
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
        if (made.Images + made.Skipped.Count != unit.Images)
            throw new PgmException(
                $"Shard {unit.Name} of tokenization '{JobId}' has another number of images than the {unit.Images} asked for.");
    }

    protected override async Task Conclude()
    {
        var imported = State.Request!.Import is null ? null : await Results<ImportTokensResult>(ShardUnits);
        var shards = imported?.Select(i => i.Shard).ToList() ?? await Results<TokenizeShardResult>(ShardUnits);
        if (imported is not null) State.Dataset = ImportedTokens.DatasetOf(State, JobId, imported);
        State.Result = new TokenizationResult
        {
            Shards = [.. shards.Select((s, i) => new TokenShardInfo { Index = i, Images = s.Images, File = s.File.ToReference() })],
            Images = shards.Sum(s => s.Images),
            Height = shards[0].Height,
            Width = shards[0].Width,
            Codebook = shards[0].Codebook,
            CodesUsed = CodesIn(shards),
            Dataset = State.Dataset!.Name,
            Tokenizer = State.Request!.Tokenizer,
            Skipped = SkippedImages.Of($"tokenization '{JobId}'", shards.Select(s => s.Skipped), State.Request.SkipBad),
        };
    }

    protected override async Task<(List<UnitRun> Units, IReadOnlyList<WorkRecord> Known)> FormerUnits()
    {
        var request = State.Request!;
        var shards = Enumerable.Range(0, State.Shards.Count).Select(i => GrainFactory.GetGrain<IFormerShard>($"{JobId}/{i}")).ToList();
        var known = await ManyCalls.Of(shards, shard => shard.GetRecord());
        (State.Shards, State.Codes) = ([], []);
        return ([UnitRun.OfImages(ShardUnits, State.Dataset!.Split(request.Split).Count, request.ShardSize)], known);
    }

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
