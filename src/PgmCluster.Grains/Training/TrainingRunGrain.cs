using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Training;

/// <inheritdoc cref="ITrainingRunGrain"/>
public sealed class TrainingRunGrain : WorkJobGrain<TrainingRunState, TrainingRequest>, ITrainingRunGrain
{
    /// <summary>One to go on from, and two in case the newest is torn.</summary>
    private const int CheckpointsKept = 3;

    private readonly ISpecificationResolver _specifications;

    public TrainingRunGrain(
        [PersistentState("training-run", "Default")] IPersistentState<TrainingRunState> state,
        ISpecificationResolver specifications,
        TimeProvider time,
        ILogger<TrainingRunGrain> logger)
        : base(state, time, logger) => _specifications = specifications;

    protected override JobKind Kind => JobKind.Training;

    public Task<JobStatus> Start(TrainingRequest request) => StartJob(request);

    public Task<TrainingDetails> GetDetails()
    {
        RequireStarted();
        return Task.FromResult(new TrainingDetails
        {
            Status = Status(State.Message),
            Request = State.Request!,
            Kind = State.Kind,
            Specification = State.Specification,
            SpecificationSha256 = State.SpecificationSha256,
            DurableStep = State.Result?.Steps ?? State.Checkpoints.FirstOrDefault()?.Step ?? 0,
            Result = State.Result,
        });
    }

    public async Task<JobStatus> Pause()
    {
        RequireStarted();
        if (State.Phase == JobPhase.Paused) return Status(State.Message);
        if (State.Phase is not (JobPhase.Queued or JobPhase.Running))
            throw new InvalidRequestException($"Pausing run '{JobId}': it is {Word(State.Phase)}. Only a queued or running run can be paused.");
        await Rest(JobPhase.Paused, null);
        return Status(State.Message);
    }

    public async Task<JobStatus> Resume()
    {
        RequireStarted();
        if (State.Phase is JobPhase.Queued or JobPhase.Running) return Status(State.Message);
        if (State.Phase is not (JobPhase.Paused or JobPhase.Parked))
            throw new InvalidRequestException($"Resuming run '{JobId}': it is {Word(State.Phase)}. Only a paused or parked run can be resumed; start a failed or cancelled one again.");
        await Restart();
        await Wake();
        return Status(State.Message);
    }

    protected override async Task<TrainingRunState> Plan(TrainingRequest request)
    {
        var kind = _specifications.KindOf(request.Preset);
        if (request.MinWorkers != 1 || request.MaxWorkers != 1)
            throw new InvalidRequestException($"Starting run '{JobId}': it asks for {request.MinWorkers} to {request.MaxWorkers} workers, and runs cannot share devices yet. Ask for 1.");
        if (request.Dataset is null == request.Tokens is null)
            throw new InvalidRequestException($"Starting run '{JobId}': name either a dataset or a tokenization job to train on{(request.Dataset is null ? "" : ", not both")}.");

        DatasetInfo dataset;
        TokenizationResult? tokens = null;
        if (request.Tokens is { } job)
        {
            tokens = await Lineage.TokensOf(GrainFactory, job);
            dataset = await GrainFactory.GetGrain<IDatasetGrain>(tokens.Dataset).Get();
        }
        else
        {
            dataset = await GrainFactory.GetGrain<IDatasetGrain>(request.Dataset!).Get();
        }
        var facts = new DataFacts
        {
            Classes = dataset.ClassNames.Count,
            Codebook = tokens?.Codebook ?? 0,
            Height = tokens?.Height ?? 0,
            Width = tokens?.Width ?? 0,
        };
        var specification = _specifications.Resolve(request.Preset, request.Set, request.Seed, facts);
        if (request.AsIs && request.From is null)
            throw new InvalidRequestException($"Starting run '{JobId}': there are no weights to take as they are. Name a checkpoint to begin with (--from).");
        if (specification.NeedsTokens != tokens is not null)
        {
            throw new InvalidRequestException(specification.NeedsTokens
                ? $"Starting run '{JobId}': preset '{request.Preset}' ({kind}) trains on tokens. Name a completed tokenization job, not dataset '{request.Dataset}'."
                : $"Starting run '{JobId}': preset '{request.Preset}' ({kind}) trains on images. Name a dataset, not tokenization job '{request.Tokens}'.");
        }
        return new TrainingRunState
        {
            Request = request,
            Summary = $"{request.Preset} on {request.Dataset ?? request.Tokens}",
            MadeFrom = [request.Dataset ?? request.Tokens!],
            Kind = specification.Kind,
            Specification = specification.Json,
            SpecificationSha256 = specification.Sha256,
            Dataset = tokens is null ? dataset : null,
            Tokens = tokens?.Shards.Select(s => s.File).ToList(),
            Tokenizer = tokens is null ? null : await Lineage.WeightsOf(GrainFactory, tokens.Tokenizer, "tokenizer"),
            Progress = new JobProgress { Unit = "step" },
            Parts = [new WorkPart()],
        };
    }

    protected override (string Kind, string Document) Describe(WorkPart part) => (WorkKinds.Train, WorkJson.Write(new TrainWork
    {
        RunId = JobId,
        Specification = State.Specification,
        SpecificationSha256 = State.SpecificationSha256,
        Images = State.Dataset?.Range("train"),
        Tokens = State.Tokens?.Select(t => t.ToInfo()).ToList(),
        Tokenizer = State.Tokenizer?.ToInfo(),
        From = State.Request!.From?.ToInfo(),
        AsIs = State.Request.AsIs,
        Checkpoints = [.. State.Checkpoints.Select(c => new CheckpointRecord(c.Step, c.Generation, c.Manifest.ToInfo()))],
    }));

    protected override void Record(WorkPart part, string document)
    {
        var (step, generation, manifest) = WorkJson.Read<CheckpointRecord>(document);
        State.Checkpoints.RemoveAll(c => c.Step == step);
        State.Checkpoints.Insert(0, new TrainingCheckpoint(step, generation, manifest.ToReference()));
        State.Checkpoints = [.. State.Checkpoints.Take(CheckpointsKept)];
        part.LossMark = Math.Max(part.LossMark, step);
        part.Losses = 0;
    }

    protected override void Check(WorkPart part, string result) => WorkJson.Read<TrainResult>(result);

    protected override void Conclude()
    {
        var result = WorkJson.Read<TrainResult>(State.Parts[0].Result!);
        State.Result = new TrainingResult
        {
            Steps = result.Steps,
            FinalLoss = result.FinalLoss,
            Parameters = result.Parameters,
            WeightsSha256 = result.WeightsSha256,
            Weights = result.Weights.ToReference(),
            Checkpoint = result.Checkpoint?.ToReference(),
            LossCurve = result.LossCurve?.ToReference(),
            EmaSha256 = result.EmaSha256,
            OptimizerSha256 = result.OptimizerSha256,
        };
        SetProgress(Progress with { Done = result.Steps, Total = result.Steps });
    }

    protected override (JobPhase Phase, string Message) GiveUp(string trouble) =>
        (JobPhase.Parked, $"{trouble} 'pgm runs resume {JobId}' releases it from step {State.Checkpoints.FirstOrDefault()?.Step ?? 0}.");

    protected override JobProgress Combine(IReadOnlyDictionary<string, JobProgress> running) =>
        running.TryGetValue("", out var reported) && reported.Total > 0 ? reported : Progress with { UnitsPerSecond = null };
}
