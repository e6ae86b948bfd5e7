using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Likelihood;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Sampling;
using PgmCluster.Modeling.Likelihood;
using PgmCluster.Modeling.Masking;

namespace PgmCluster.Grains.Evaluation;

/// <inheritdoc cref="ILikelihoodJobGrain"/>
[GrainType("likelihoodjob")]
public sealed class LikelihoodJobGrain : WorkJobGrain<LikelihoodJobState, LikelihoodRequest>, ILikelihoodJobGrain
{
    private const string ChunkUnits = "chunk";

    public LikelihoodJobGrain(
        [PersistentState("likelihood-job", "Default")] IPersistentState<LikelihoodJobState> state, TimeProvider time,
        ILogger<LikelihoodJobGrain> logger)
        : base(state, time, logger) { }

    protected override JobKind Kind => JobKind.Likelihood;

    public override Task<Origin> GetOrigin() => Task.FromResult(EvaluationOrigin.Of(JobId, RequireStarted()));

    public Task<JobStatus> Start(LikelihoodRequest request) => StartJob(request);

    public Task<LikelihoodScore> GetScore()
    {
        RequireStarted();
        return Task.FromResult(
            State.Score ?? throw NotReady.Of($"Likelihood '{JobId}' is", State.Phase, "it has no score"));
    }

    protected override async Task<LikelihoodJobState> Plan(LikelihoodRequest request)
    {
        if (request.Steps < 1) throw Refusal($"{request.Steps} steps asked for. Give 1 or more");
        if (request.ChunkSize < 1) throw Refusal($"the chunk size is {request.ChunkSize}. Give 1 or more");
        if (request.BatchSize < 1) throw Refusal($"the batch size is {request.BatchSize}. Give 1 or more");
        if (request.Images < 0) throw Refusal($"{request.Images} images asked for. Give 1 or more, or 0 for all");
        RequireOneOf("order", request.Order, LikelihoodOrders.All);
        RequireOneOf("curve", request.Curve, CurveNames.All);
        RequireOneOf("precision", request.Precision, PrecisionNames.All);
        var lineage = await Lineage.Of(GrainFactory, request.Model);
        var tokens = await LikelihoodTokens.Of(GrainFactory, JobId, request, lineage);
        if (request.Images > tokens.Set.Images)
            throw Refusal(
                $"{request.Images} images asked for, and split '{request.Split}' of tokens '{request.Tokens}' has {tokens.Set.Images}. "
                + $"Ask for at most {tokens.Set.Images}, or for all by leaving --images out");
        var images = request.Images == 0 ? tokens.Set.Images : request.Images;
        return new LikelihoodJobState
        {
            Request = request with { Images = images, Threads = SamplingSettingsMapping.CompleteThreads(request.Threads) },
            Summary = $"{images} images of {request.Tokens} ({request.Split}) under {request.Model}, {request.Order} order, "
                + $"{request.Steps} steps",
            MadeFrom = [request.Model, request.Tokens],
            Model = lineage.Model,
            Tokenizer = lineage.Tokenizer,
            Set = tokens.Set,
            Height = tokens.Made.Height,
            Width = tokens.Made.Width,
            Codebook = tokens.Made.Codebook,
            Remark = JobWords.Joined(tokens.Remark, lineage.FarFromTrained(request.Order, request.Steps, request.Curve)),
            Progress = new JobProgress { Unit = "image", Total = images },
            Units = [UnitRun.OfImages(ChunkUnits, images, request.ChunkSize)],
        };
    }

    protected override (string Kind, string Document) Describe(WorkUnit unit)
    {
        var request = State.Request!;
        var sample = new EvenSample(State.Set!.Images, request.Images);
        var (shards, first) = Shards(sample.StretchAt(unit.First), sample.StretchAt(unit.First + unit.Images));
        return (WorkKinds.LikelihoodChunk, WorkJson.Write(new LikelihoodChunkWork
        {
            Model = State.Model!.ToInfo(),
            Tokenizer = State.Tokenizer!.ToInfo(),
            Shards = shards,
            FirstOfShards = first,
            Sample = sample,
            First = unit.First,
            Count = unit.Images,
            Order = Enum.Parse<TokenOrder>(request.Order, ignoreCase: true),
            Steps = request.Steps,
            Curve = Enum.Parse<MaskingSchedule>(request.Curve, ignoreCase: true),
            Seed = request.Seed,
            BatchSize = request.BatchSize,
            Threads = request.Threads,
            UseEma = request.UseEma,
            Precision = request.Precision,
        }));
    }

    protected override void Check(WorkUnit unit, string result)
    {
        if (WorkJson.Read<LikelihoodChunkResult>(result).Nats.Count != unit.Images)
            throw new PgmException(
                $"Unit {unit.Name} of likelihood '{JobId}' covers another number of images than the {unit.Images} asked for.");
    }

    protected override async Task Conclude()
    {
        var request = State.Request!;
        var tokens = State.Height * State.Width;
        // In the order of the units, whoever did them.
        var chunks = await Results<LikelihoodChunkResult>(ChunkUnits);
        var nats = chunks.Aggregate(Moments.None, (sum, chunk) => sum.With(chunk.Nats));
        var bits = nats.Times(1 / (Math.Log(2) * tokens));
        State.Score = new LikelihoodScore
        {
            BitsPerToken = bits.Mean,
            StandardError = bits.StandardError,
            BitsPerImage = bits.Mean * tokens,
            Images = (int)bits.Count,
            Tokens = tokens,
            Codebook = State.Codebook,
            Remark = State.Remark,
            Basis = new LikelihoodBasis
            {
                Model = State.Model!,
                Tokenizer = State.Tokenizer!,
                Tokens = request.Tokens,
                Split = request.Split,
                SplitImages = State.Set!.Images,
                TokensSha256 = OriginHash.Of([.. State.Set.Shards.Select(s => s.File)])!,
                Order = request.Order,
                Counts = chunks[0].Counts,
                Seed = request.Order == LikelihoodOrders.Rolled ? request.Seed : null,
                UseEma = request.UseEma,
                Precision = $"model {request.Precision}, logits float32, probabilities float64",
            },
        };
    }

    /// <summary>The shards that hold images of a range, and the index of their first image.</summary>
    private (List<ArtifactInfo> Shards, int First) Shards(int start, int end)
    {
        var (shards, first, from) = (new List<ArtifactInfo>(), 0, 0);
        foreach (var shard in State.Set!.Shards)
        {
            var to = from + shard.Images;
            if (from < end && to > start)
            {
                if (shards.Count == 0) first = from;
                shards.Add(shard.File.ToInfo());
            }
            from = to;
        }
        return (shards, first);
    }

    private void RequireOneOf(string what, string given, IReadOnlyList<string> allowed)
    {
        if (!allowed.Contains(given))
            throw Refusal(
                $"the {what} is '{given}'; allowed: {string.Join(", ", allowed)}. The nearest is '{Nearest.Of(given, allowed)}'");
    }

    private InvalidRequestException Refusal(string why) => new($"Starting likelihood '{JobId}': {why}.");
}
