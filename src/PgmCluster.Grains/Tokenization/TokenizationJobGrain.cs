using System.Numerics;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Sampling;

namespace PgmCluster.Grains.Tokenization;

/// <inheritdoc cref="ITokenizationJobGrain"/>
/// <remarks>Its parts are grains of their own, which deal with the devices; the job keeps the manifest.</remarks>
public sealed class TokenizationJobGrain : JobGrain<TokenizationJobState, TokenizationRequest>, ITokenizationJobGrain
{
    /// <summary>Shards that are queued at a time, so that the scheduler's state stays small.</summary>
    private const int Window = 64;

    private readonly HashSet<int> _started = [];
    private readonly Dictionary<int, TokenShardNews> _running = [];

    public TokenizationJobGrain(
        [PersistentState("tokenization-job", "Default")] IPersistentState<TokenizationJobState> state, TimeProvider time,
        ILogger<TokenizationJobGrain> logger)
        : base(state, time, logger) { }

    protected override JobKind Kind => JobKind.Tokenization;

    protected override string? WaitingWork => Open().Select(ShardId).FirstOrDefault();

    public Task<JobStatus> Start(TokenizationRequest request) => StartJob(request);

    public Task<TokenizationResult> GetResult()
    {
        RequireStarted();
        return Task.FromResult(State.Result ?? throw new PgmException(
            $"Tokenization '{JobId}' is {JobWords.Of(State.Phase)}; it has no result yet."));
    }

    public async Task ShardChanged(TokenShardNews news)
    {
        if (State.Request is null || news.Index < 0 || news.Index >= State.Shards.Count || State.Shards[news.Index] is not null) return;
        if (news.Attempt != State.Attempt && news.Phase != JobPhase.Completed) return;
        await Take(news);
        if (!State.Phase.IsAtRest() && news.Phase == JobPhase.Completed) await DriveOrRetry(verify: false);
    }

    protected override async Task<TokenizationJobState> Plan(TokenizationRequest request)
    {
        if (request.ShardSize < 1)
            throw new InvalidRequestException($"Starting tokenization '{JobId}': the shard size is {request.ShardSize}. Give 1 or more.");
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
            Generation = 1,
            Dataset = dataset,
            Tokenizer = tokenizer,
            Shards = [.. Chunks.Of(images, request.ShardSize).Select(_ => (TokenShardInfo?)null)],
            Progress = new JobProgress { Unit = "image", Total = images },
        };
    }

    protected override async Task Drive(bool verify)
    {
        if (verify) _started.Clear();
        foreach (var index in Open().Take(Window).Where(i => !_started.Contains(i)).ToList())
        {
            var news = await Shard(index).Start(Assignment(index));
            _started.Add(index);
            if (State.Shards[index] is null) await Take(news);
            if (State.Phase.IsAtRest()) return;
        }
        if (!Open().Any() && State.Phase != JobPhase.Completed) await Complete();
    }

    protected override void PrepareHalt()
    {
        _started.Clear();
        _running.Clear();
    }

    protected override async Task Halt()
    {
        foreach (var index in Open().Take(Window)) await Shard(index).Cancel();
    }

    protected override void PrepareRestart() => State.Generation++;

    private async Task Take(TokenShardNews news)
    {
        if (news.Phase == JobPhase.Completed && news.Shard is { } shard)
        {
            // Kept even where the job is at rest: what is done is done.
            _running.Remove(news.Index);
            State.Shards[news.Index] = shard;
            (State.Height, State.Width, State.Codebook) = (news.Height, news.Width, news.Codebook);
            State.Codes = Union(State.Codes, news.CodeBitmap ?? []);
            SetProgress(Sum());
            if (State.Phase.IsAtRest())
            {
                await Commit();
                return;
            }
            if (!Open().Any())
            {
                await Complete();
                return;
            }
            if (State.Phase == JobPhase.Queued) Become(JobPhase.Running, null);
            await Commit();
            return;
        }
        if (State.Phase.IsAtRest()) return;
        switch (news.Phase)
        {
            case JobPhase.Failed or JobPhase.Parked:
                await Rest(JobPhase.Failed, news.Message);
                break;
            case JobPhase.Running:
                _running[news.Index] = news;
                SetProgress(Sum());
                var waiting = _running.Values.Select(r => r.Message).FirstOrDefault(m => m is not null);
                if (State.Phase == JobPhase.Running && State.Message == waiting)
                {
                    Advance(Progress);
                    break;
                }
                if (State.Phase == JobPhase.Running) State.Message = waiting;
                else Become(JobPhase.Running, waiting);
                await Commit();
                break;
            default:
                if (!_running.Remove(news.Index) || _running.Count > 0 || State.Phase == JobPhase.Queued) break;
                Become(JobPhase.Queued, null);
                SetProgress(Sum());
                await Commit();
                break;
        }
    }

    private async Task Complete()
    {
        State.Result = new TokenizationResult
        {
            Shards = [.. State.Shards.Select(s => s!)],
            Images = State.Shards.Sum(s => s!.Images),
            Height = State.Height,
            Width = State.Width,
            Codebook = State.Codebook,
            CodesUsed = State.Codes.Sum(b => BitOperations.PopCount(b)),
            Dataset = State.Request!.Dataset,
            Tokenizer = State.Request.Tokenizer,
        };
        BecomeThroughRunning(JobPhase.Completed, null);
        SetProgress(Sum());
        await Commit();
        JobLog.AtRest(Logger, Kind, JobId, JobPhase.Completed, null);
    }

    private TokenShardAssignment Assignment(int index)
    {
        var request = State.Request!;
        var dataset = State.Dataset!;
        var first = index * request.ShardSize;
        var count = Math.Min(request.ShardSize, dataset.Split(request.Split).Count - first);
        return new TokenShardAssignment
        {
            JobId = JobId,
            Index = index,
            Attempt = State.Attempt,
            Scheduling = request.Scheduling,
            Work = WorkJson.Write(new TokenizeShardWork
            {
                Output = $"tokens/{JobId}/shard-{index:00000}.safetensors",
                Tokenizer = State.Tokenizer!.ToInfo(),
                Images = dataset.Range(request.Split, first, count),
                BatchSize = request.BatchSize,
                Threads = request.Threads,
            }),
        };
    }

    private JobProgress Sum() => new()
    {
        Unit = "image",
        Total = Progress.Total,
        Done = State.Shards.Sum(s => (long)(s?.Images ?? 0)) + _running.Values.Sum(r => (long)r.ImagesDone),
    };

    private IEnumerable<int> Open() => Enumerable.Range(0, State.Shards.Count).Where(i => State.Shards[i] is null);

    private ITokenizationShardGrain Shard(int index) => GrainFactory.GetGrain<ITokenizationShardGrain>(ShardId(index));

    private string ShardId(int index) => $"{JobId}/{index}";

    private static byte[] Union(byte[] a, byte[] b)
    {
        var union = new byte[Math.Max(a.Length, b.Length)];
        for (var i = 0; i < union.Length; i++) union[i] = (byte)((i < a.Length ? a[i] : 0) | (i < b.Length ? b[i] : 0));
        return union;
    }
}
