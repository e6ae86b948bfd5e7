using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
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
[GrainType("statisticsjob")]
public sealed class StatisticsJobGrain : WorkJobGrain<StatisticsJobState, StatisticsRequest>, IStatisticsJobGrain
{
    private readonly IWeightsImporter _importer;

    public StatisticsJobGrain(
        [PersistentState("statistics-job", "Default")] IPersistentState<StatisticsJobState> state, IWeightsImporter importer,
        TimeProvider time, ILogger<StatisticsJobGrain> logger)
        : base(state, time, logger) => _importer = importer;

    protected override JobKind Kind => JobKind.Statistics;

    public override Task<Origin> GetOrigin() => Task.FromResult(EvaluationOrigin.Of(JobId, RequireStarted()));

    public Task<JobStatus> Start(StatisticsRequest request) =>
        SkippedImages.Start(Title, request.SkipBad, () => StartJob(request), () => State.Result?.Skipped);

    public Task<ReferenceStatistics> GetResult()
    {
        RequireStarted();
        return Task.FromResult(
            State.Result ?? throw NotReady.Of($"Statistics '{JobId}' are", State.Phase, "there is no result"));
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
            SkipBad = request.SkipBad,
        }));
    }

    protected override async Task<(string Kind, string Document)> DescribeLast() =>
        (WorkKinds.MergeStatistics, WorkJson.Write(new MergeStatisticsWork
        {
            Output = $"statistics/{JobId}/statistics.safetensors",
            Chunks = [.. (await Chunks()).Files.Select(f => f.ToInfo())],
            Threads = State.Request!.Threads,
        }));

    protected override void Check(WorkUnit unit, string result)
    {
        if (unit.Last)
        {
            // What the chunks have left out is not among them.
            var images = WorkJson.Read<MergeStatisticsResult>(result).Images;
            if (images > State.Request!.Images || images < State.Request.Images - State.Request.SkipBad)
                throw new PgmException($"Statistics '{JobId}' cover {images} images instead of {State.Request.Images}.");
            return;
        }
        var chunk = WorkJson.Read<EvaluateChunkResult>(result);
        if (chunk.Images + chunk.Skipped.Count != unit.Images)
            throw new PgmException($"Unit {unit.Name} of statistics '{JobId}' covers {chunk.Images} images instead of {unit.Images}.");
    }

    protected override async Task Conclude()
    {
        var request = State.Request!;
        var (files, skipped) = await Chunks();
        State.Result = new ReferenceStatistics
        {
            Name = JobId,
            Images = State.Dataset!.Images(request.Split, request.Images, State.Drawn, skipped),
            ImageSize = request.ImageSize,
            Features = State.Features!,
            File = (await Results<MergeStatisticsResult>(EvaluationUnits.Merge)).Single().File.ToReference(),
            Chunks = files,
            Skipped = skipped,
        };
    }

    protected override StatisticsRequest Renewed(StatisticsRequest asked) => State.Request! with { SkipBad = asked.SkipBad };

    private async Task<(List<ArtifactReference> Files, IReadOnlyList<SkippedImage>? Skipped)> Chunks()
    {
        var chunks = await Results<EvaluateChunkResult>(EvaluationUnits.Of(EvaluationSubject.Reference));
        return (
            [.. chunks.Select(c => c.Features.ToReference())],
            SkippedImages.Of($"statistics '{JobId}'", chunks.Select(c => c.Skipped), State.Request!.SkipBad));
    }

    private InvalidRequestException Refusal(string why) => new($"Starting statistics '{JobId}': {why}.");
}
