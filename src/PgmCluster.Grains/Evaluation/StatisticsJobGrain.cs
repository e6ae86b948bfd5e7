using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Sampling;

namespace PgmCluster.Grains.Evaluation;

/// <inheritdoc cref="IStatisticsJobGrain"/>
public sealed class StatisticsJobGrain : WorkJobGrain<StatisticsJobState, StatisticsRequest>, IStatisticsJobGrain
{
    private readonly IWeightsImporter _importer;

    public StatisticsJobGrain(
        [PersistentState("statistics-job", "Default")] IPersistentState<StatisticsJobState> state, IWeightsImporter importer,
        TimeProvider time, ILogger<StatisticsJobGrain> logger)
        : base(state, time, logger) => _importer = importer;

    protected override JobKind Kind => JobKind.Statistics;

    public Task<JobStatus> Start(StatisticsRequest request) => StartJob(request);

    public Task<ReferenceStatistics> GetResult()
    {
        RequireStarted();
        return Task.FromResult(
            State.Result ?? throw new PgmException($"Statistics '{JobId}' are {JobWords.Of(State.Phase)}; there is no result yet."));
    }

    protected override async Task<StatisticsJobState> Plan(StatisticsRequest request)
    {
        if (request.ImageSize < 1) throw Refusal($"images of {request.ImageSize} pixels asked for. Give the side of the model's images");
        if (request.ChunkSize < 1) throw Refusal($"the chunk size is {request.ChunkSize}. Give 1 or more");
        if (request.BatchSize < 1) throw Refusal($"the batch size is {request.BatchSize}. Give 1 or more");
        var dataset = await GrainFactory.GetGrain<IDatasetGrain>(request.Dataset).Get();
        var held = dataset.Split(request.Split).Count;
        var images = request.Images == 0 ? held : request.Images;
        if (images < 2 || images > held)
            throw Refusal(
                $"{images} images asked for, split '{request.Split}' of dataset '{dataset.Name}' has {held}. Ask for 2 to {held}");
        var features = request.Classifier is { Length: > 0 } run
            ? await FeatureSources.Classifier(GrainFactory, run, dataset, request.ImageSize, "the images asked for (--size)")
            : await FeatureSources.Inception(_importer, request.Inception, request.InceptionWeights);
        return new StatisticsJobState
        {
            Request = request with { Images = images, Threads = SamplingSettingsMapping.CompleteThreads(request.Threads) },
            Summary = $"{images} images of {dataset.Name}/{request.Split} at {request.ImageSize}, seen by {features.Name}",
            MadeFrom = [dataset.Name, .. request.Classifier is { Length: > 0 } c ? [c] : Array.Empty<string>()],
            Dataset = dataset,
            Features = features,
            Drawn = true,
            Progress = new JobProgress { Unit = "image", Total = images },
            Units = [UnitRun.OfImages(EvaluationUnits.Of(EvaluationSubject.Reference), images, request.ChunkSize),
                UnitRun.AtLast(EvaluationUnits.Merge)],
        };
    }

    protected override (string Kind, string Document) Describe(WorkUnit unit)
    {
        var request = State.Request!;
        var inception = State.Features!.Kind == FeatureKinds.Inception;
        return (WorkKinds.EvaluateChunk, WorkJson.Write(new EvaluateChunkWork
        {
            Output = $"statistics/{JobId}/{unit.Name}.safetensors",
            Subject = EvaluationSubject.Reference,
            Classifier = inception ? null : State.Features.Weights.ToInfo(),
            Inception = inception ? State.Features.Weights.ToInfo() : null,
            ImageSize = request.ImageSize,
            Images = State.Dataset!.Sample(request.Split, unit.First, unit.Images, State.Drawn),
            Settings = new SamplerSettings { BatchSize = request.BatchSize, Threads = request.Threads },
        }));
    }

    protected override async Task<(string Kind, string Document)> DescribeLast() =>
        (WorkKinds.MergeStatistics, WorkJson.Write(new MergeStatisticsWork
        {
            Output = $"statistics/{JobId}/statistics.safetensors",
            Chunks = await ChunkFiles(),
            Threads = State.Request!.Threads,
        }));

    protected override void Check(WorkUnit unit, string result)
    {
        var images = unit.Last ? WorkJson.Read<MergeStatisticsResult>(result).Images : WorkJson.Read<EvaluateChunkResult>(result).Images;
        var expected = unit.Last ? State.Request!.Images : unit.Images;
        if (images != expected)
            throw new PgmException($"Unit {unit.Name} of statistics '{JobId}' covers {images} images instead of {expected}.");
    }

    protected override async Task Conclude()
    {
        var request = State.Request!;
        State.Result = new ReferenceStatistics
        {
            Name = JobId,
            Images = State.Dataset!.Images(request.Split, request.Images, State.Drawn),
            ImageSize = request.ImageSize,
            Features = State.Features!,
            File = (await Results<MergeStatisticsResult>(EvaluationUnits.Merge)).Single().File.ToReference(),
            Chunks = [.. (await ChunkFiles()).Select(f => f.ToReference())],
        };
    }

    private async Task<List<ArtifactInfo>> ChunkFiles() =>
        [.. (await Results<EvaluateChunkResult>(EvaluationUnits.Of(EvaluationSubject.Reference))).Select(r => r.Features)];

    private InvalidRequestException Refusal(string why) => new($"Starting statistics '{JobId}': {why}.");
}
