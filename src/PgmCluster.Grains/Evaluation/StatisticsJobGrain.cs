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
            : await FeatureSources.Inception(_importer, request.Inception);
        List<EvaluationChunk> chunks =
            [.. Chunks.Of(images, request.ChunkSize)
                .Select(c => new EvaluationChunk(EvaluationSubject.Reference, c.Index, c.First, c.Count))];
        return new StatisticsJobState
        {
            Request = request with { Images = images, Threads = SamplingSettingsMapping.CompleteThreads(request.Threads) },
            Summary = $"{images} images of {dataset.Name}/{request.Split} at {request.ImageSize}, seen by {features.Name}",
            MadeFrom = [dataset.Name, .. request.Classifier is { Length: > 0 } c ? [c] : Array.Empty<string>()],
            Dataset = dataset,
            Features = features,
            Chunks = chunks,
            Drawn = true,
            Progress = new JobProgress { Unit = "image", Total = images },
            Parts = [.. chunks.Select(c => new WorkPart { Name = c.Name, Images = c.Count }), new WorkPart { Name = "merge", Last = true }],
        };
    }

    protected override (string Kind, string Document) Describe(WorkPart part)
    {
        var request = State.Request!;
        if (part.Last)
        {
            return (WorkKinds.MergeStatistics, WorkJson.Write(new MergeStatisticsWork
            {
                Output = $"statistics/{JobId}/statistics.safetensors",
                Chunks = [.. ChunkFiles()],
                Threads = request.Threads,
            }));
        }
        var chunk = State.Chunks[State.Parts.IndexOf(part)];
        var inception = State.Features!.Kind == FeatureKinds.Inception;
        return (WorkKinds.EvaluateChunk, WorkJson.Write(new EvaluateChunkWork
        {
            Output = $"statistics/{JobId}/{chunk.Name}.safetensors",
            Subject = EvaluationSubject.Reference,
            Classifier = inception ? null : State.Features.Weights.ToInfo(),
            Inception = inception ? State.Features.Weights.ToInfo() : null,
            ImageSize = request.ImageSize,
            Images = State.Dataset!.Sample(request.Split, chunk.First, chunk.Count, State.Drawn),
            Settings = new SamplerSettings { BatchSize = request.BatchSize, Threads = request.Threads },
        }));
    }

    protected override void Check(WorkPart part, string result)
    {
        var images = part.Last ? WorkJson.Read<MergeStatisticsResult>(result).Images : WorkJson.Read<EvaluateChunkResult>(result).Images;
        var expected = part.Last ? State.Request!.Images : part.Images;
        if (images != expected)
            throw new PgmException($"Part {part.Name} of statistics '{JobId}' covers {images} images instead of {expected}.");
    }

    protected override void Conclude()
    {
        var request = State.Request!;
        State.Result = new ReferenceStatistics
        {
            Name = JobId,
            Images = State.Dataset!.Images(request.Split, request.Images, State.Drawn),
            ImageSize = request.ImageSize,
            Features = State.Features!,
            File = WorkJson.Read<MergeStatisticsResult>(State.Parts.Single(p => p.Last).Result!).File.ToReference(),
            Chunks = [.. ChunkFiles().Select(f => f.ToReference())],
        };
    }

    /// <summary>By chunk index, whichever chunk ended first.</summary>
    private IEnumerable<ArtifactInfo> ChunkFiles() =>
        State.Parts.Where(p => !p.Last).Select(p => WorkJson.Read<EvaluateChunkResult>(p.Result!).Features);

    private InvalidRequestException Refusal(string why) => new($"Starting statistics '{JobId}': {why}.");
}
