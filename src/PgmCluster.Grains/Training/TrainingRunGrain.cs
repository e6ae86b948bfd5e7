using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data;
using PgmCluster.Data.Formats;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Callers;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Storage;
using PgmCluster.Grains.Training.Gangs;

namespace PgmCluster.Grains.Training;

/// <inheritdoc cref="ITrainingRunGrain"/>
[GrainType("trainingrun")]
public sealed class TrainingRunGrain : SingleWorkGrain<TrainingRunState, TrainingRequest>, ITrainingRunGrain, IGangOwner
{
    private readonly ISpecificationResolver _specifications;
    private readonly IStartingWeights _weights;
    private readonly GangMeetings _gang;

    /// <summary>What members of the gang are told: only what is written.</summary>
    private GangTerms _terms = GangTerms.NotWanted;

    public TrainingRunGrain(
        [PersistentState("training-run", "Default")] IPersistentState<TrainingRunState> state,
        [StateOnDemand("training-gang", "Default")] IPersistentState<GangState> gang,
        ISpecificationResolver specifications,
        IStartingWeights weights,
        GrainsOptions options, ClusterSecret secret,
        TimeProvider time, ILogger<TrainingRunGrain> logger)
        : base(state, time, logger)
    {
        (_specifications, _weights) = (specifications, weights);
        // Who hangs is noticed by its peers first.
        var rules = new GangRules { Patience = options.Gangs.PeerTimeout + TimeSpan.FromSeconds(2) };
        _gang = new GangMeetings(this, gang, rules, secret, options.AcceptOlderSilos, time, Logger);
    }

    protected override JobKind Kind => JobKind.Training;

    protected override (int Min, int Max) Workers => (State.Request!.MinWorkers, State.Request.MaxWorkers);

    protected override string? Numerics => State.DeviceNumerics;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Of a run that was never started nobody has met: who submits a thousand waits for no records that cannot be there.
        if (State.Request is not null) await _gang.Restore();
        await base.OnActivateAsync(cancellationToken);
    }

    public override Task<Origin> GetOrigin() => Task.FromResult(TrainingOrigin.Of(JobId, RequireStarted()));

    public Task<JobStatus> Start(TrainingRequest request) => SkippedImages.Start(Title, request.SkipBad, () => StartJob(request));

    public async Task<ResolvedTraining> Resolve(TrainingRequest request)
    {
        var (specification, _, _, _) = await Refusals.OfQuestion(() => Specify(request));
        return new ResolvedTraining(specification.Kind, specification.Json, specification.Sha256, specification.IsReproducible);
    }

    public async Task<JobStatus> Resize(int minWorkers, int maxWorkers)
    {
        var state = RequireStarted();
        var attempt = $"Resizing {Title}";
        WorkerCounts.Check(attempt, minWorkers, maxWorkers);
        WorkerCounts.CheckParts(attempt, maxWorkers, RunSizes.MicroBatchesOf(state.Specification));
        if (state.Phase == JobPhase.Completed)
            throw new InvalidRequestException($"{attempt}: it is completed. There is nothing more to share.") { Code = PgmErrorCode.Conflict };
        if (Workers == (minWorkers, maxWorkers)) return Status(state.Message);
        await Requeue(() => State.Request = state.Request! with { MinWorkers = minWorkers, MaxWorkers = maxWorkers });
        return Status(State.Message);
    }

    public Task<TrainingDetails> GetDetails() => Task.FromResult(new TrainingDetails
    {
        Status = Status(RequireStarted().Message),
        Request = State.Request!,
        Kind = State.Kind,
        Specification = State.Specification,
        SpecificationSha256 = State.SpecificationSha256,
        DurableStep = State.Result?.Steps ?? DurableUnits,
        Result = State.Result,
        Members = Workers.Max > 1 ? _gang.Members : [],
        GangGeneration = _gang.Generation,
        Formations = _gang.Formations,
    });

    protected override Task DeleteParts() => _gang.Delete();

    public Task<GangMeeting> Meet(GangArrival arrival) => _gang.Meet(arrival, () => _terms);

    public Task<GangOrder> Attend(GangPresence presence) => Task.FromResult(_gang.Attend(presence, _terms));

    protected override void Written() => _terms = new GangTerms
    {
        WorkId = JobId,
        Generation = !State.Phase.IsAtRest() && Part is { Result: null, Stopping: false } ? Part.Generation : 0,
        Min = Workers.Min,
        Max = Workers.Max,
        DurableStep = DurableUnits,
        Document = WorkJson.Write(Recorded()),
    };

    /// <summary>Resolves a request with the facts of its data and devices, and checks one against the other.</summary>
    private async Task<(ResolvedSpecification Specification, DatasetInfo Dataset,
        TokenizationResult? Tokens, ArtifactReference? Tokenizer)> Specify(TrainingRequest request)
    {
        var kind = _specifications.KindOf(request.Preset);
        WorkerCounts.Check($"Starting run '{JobId}'", request.MinWorkers, request.MaxWorkers);
        if (request.Dataset is null == request.Tokens is null)
            throw new InvalidRequestException(
                $"Starting run '{JobId}': name either a dataset or a tokenization job to train "
                + $"on{(request.Dataset is null ? "" : ", not both")}.");

        DatasetInfo dataset;
        TokenizationResult? tokens = null;
        (ArtifactReference? Weights, RunSizes? Sizes) tokenizer = default;
        if (request.Tokens is { } job)
        {
            tokens = await Lineage.TokensOf(GrainFactory, job);
            tokenizer = await Lineage.TokenizerOf(GrainFactory, job, tokens);
            dataset = await GrainFactory.GetGrain<ITokenizationJobGrain>(job).GetDataset();
        }
        else
        {
            dataset = await GrainFactory.GetGrain<IDatasetGrain>(request.Dataset!).Get();
        }
        var device = TypicalDevice.Of(await ServiceProvider.GetRequiredService<KnownDevices>().Ask());
        var facts = new DataFacts
        {
            Classes = dataset.ClassNames.Count,
            Codebook = tokens?.Codebook ?? 0,
            Height = tokens?.Height ?? 0,
            Width = tokens?.Width ?? 0,
            ImageSize = tokenizer.Sizes?.ImageSize ?? 0,
            DeviceModel = device?.Model,
            DeviceBFloat16 = device is { BFloat16.Length: > 0 } ? device.BFloat16 : null,
        };
        var specification = _specifications.Resolve(request.Preset, request.Set, request.Seed, facts);
        WorkerCounts.CheckParts($"Starting run '{JobId}'", request.MaxWorkers, specification.MicroBatches);
        var examples = tokens?.Images ?? dataset.Split(SplitNames.Train).Count;
        if (!request.AsIs && RunSizes.ValidationExamplesOf(specification.Json) is var heldOut && heldOut >= examples)
            throw new InvalidRequestException(
                $"Starting run '{JobId}': training.validationExamples = {heldOut}, and the data have {examples} in all. "
                + "Lower it, or name more data.");
        if (request.AsIs && request.From is null)
            throw new InvalidRequestException(
                $"Starting run '{JobId}': there are no weights to take as they are. Name a checkpoint to begin with (--from).");
        if (specification.NeedsTokens != tokens is not null)
        {
            throw new InvalidRequestException(specification.NeedsTokens
                ? $"Starting run '{JobId}': preset '{request.Preset}' ({kind}) trains on tokens. "
                    + $"Name a completed tokenization job, not dataset '{request.Dataset}'."
                : $"Starting run '{JobId}': preset '{request.Preset}' ({kind}) trains on images. "
                    + $"Name a dataset, not tokenization job '{request.Tokens}'.");
        }
        if (request.FromWeights is not null && request.From is null)
            throw new InvalidRequestException(
                $"Starting run '{JobId}': weights '{request.FromWeights}' are named and no checkpoint that has them. "
                + "Name it (--from), or leave out --weights.");
        // A disk, or a server, may take its time even for a look: not on the thread of a turn.
        if (request.From is { } from) await Task.Run(() => _weights.Require(from.ToInfo(), request.FromWeights, specification));
        return (specification, dataset, tokens, tokenizer.Weights);
    }

    protected override async Task<TrainingRunState> Plan(TrainingRequest request)
    {
        var (specification, dataset, tokens, tokenizer) = await Specify(request);
        return new TrainingRunState
        {
            Request = request,
            Summary = $"{request.Preset} on {request.Dataset ?? request.Tokens}{(specification.IsReproducible ? "" : ", bits not reproducible (NCCL)")}",
            MadeFrom = [request.Dataset ?? request.Tokens!],
            Kind = specification.Kind,
            DeviceNumerics = specification.DeviceNumerics,
            Specification = specification.Json,
            SpecificationSha256 = specification.Sha256,
            Dataset = tokens is null ? dataset : null,
            Tokens = tokens?.Shards.Select(s => s.File).ToList(),
            Flipped = request.Flips ? FlippedTokens.Of(JobId, request, tokens) : null,
            Tokenizer = tokenizer,
            Progress = new JobProgress { Unit = "step" },
            Parts = [new WorkPart()],
        };
    }

    protected override TrainingRequest Renewed(TrainingRequest asked) => State.Request! with { SkipBad = asked.SkipBad };

    protected override (string Kind, string Document) Describe() => (WorkKinds.Train, WorkJson.Write(new TrainWork
    {
        RunId = JobId,
        Specification = State.Specification,
        SpecificationSha256 = State.SpecificationSha256,
        Images = State.Dataset?.Range(SplitNames.Train),
        SkipBad = State.Request!.SkipBad,
        Tokens = State.Tokens?.Select(t => t.ToInfo()).ToList(),
        Flipped = State.Flipped?.Select(t => t.ToInfo()).ToList(),
        Tokenizer = State.Tokenizer?.ToInfo(),
        From = State.Request.From?.ToInfo(),
        FromWeights = State.Request.FromWeights,
        AsIs = State.Request.AsIs,
        Checkpoints = Recorded(),
    }));

    protected override bool IsCurrent(WorkReport report)
    {
        // The scheduler belongs to no gang, and whoever has not met the others yet can only say that it starts or cannot start.
        if (Workers.Max == 1 || report.State is WorkState.Lost or WorkState.Stopped or WorkState.Faulted) return true;
        if (report.GangGeneration == 0) return report.State is WorkState.Failed or WorkState.Running;
        return report.GangGeneration == _gang.Generation;
    }

    protected override bool EndsWork(WorkReport report)
    {
        if (Workers.Max == 1) return true;
        if (report.Worker is { } worker) _gang.Ended(worker, report.Lease);
        return report.State switch
        {
            WorkState.Completed => report.Document is { Length: > 0 },
            WorkState.Failed or WorkState.Diverged => true,
            _ => report.Remaining == 0 || (report.Remaining < 0 && !_gang.HasMembers),
        };
    }

    protected override void Record(string document)
    {
        var added = WorkJson.Read<CheckpointRecord>(document);
        if (added.Manifest is null) throw new JsonException("Reading a checkpoint: its record names no manifest.");
        State.Checkpoints = [.. CheckpointRetention.Add(Recorded(), added).Select(TrainingCheckpoint.Of)];
        // One that was saved before, too, is no sign of getting further.
        if (added.Step <= Part.LossMark) return;
        Part.LossMark = added.Step;
        Part.Losses = 0;
    }

    protected override void Check(string result) => WorkJson.Read<TrainResult>(result);

    protected override void Conclude()
    {
        var result = WorkJson.Read<TrainResult>(Part.Result!);
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
            ValidationLoss = result.ValidationLoss,
        };
        Progress = Progress with { Done = result.Steps, Total = result.Steps };
    }

    protected override (JobPhase Phase, string Message) GiveUp(string trouble) =>
        (JobPhase.Parked, $"{trouble} 'pgm runs resume {JobId}' releases it from step {State.Checkpoints.FirstOrDefault()?.Step ?? 0}.");

    protected override long DurableUnits => State.Checkpoints.FirstOrDefault()?.Step ?? 0;

    private CheckpointRecord[] Recorded() => [.. State.Checkpoints.Select(c => c.ToRecord())];
}
