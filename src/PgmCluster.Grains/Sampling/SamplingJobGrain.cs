using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Sampling;

/// <inheritdoc cref="ISamplingJobGrain"/>
[GrainType("samplingjob")]
public sealed class SamplingJobGrain : WorkJobGrain<SamplingJobState, SamplingRequest>, ISamplingJobGrain
{
    private const int ChunkSize = 100;
    private const int MostImages = 10_000;
    private const string ChunkUnits = "chunk";
    private const string GridUnit = "grid";

    public SamplingJobGrain(
        [PersistentState("sampling-job", "Default")] IPersistentState<SamplingJobState> state, TimeProvider time,
        ILogger<SamplingJobGrain> logger)
        : base(state, time, logger) { }

    protected override JobKind Kind => JobKind.Sampling;

    public override Task<Origin> GetOrigin() => Task.FromResult(SamplingOrigin.Of(JobId, RequireStarted()));

    public Task<JobStatus> Start(SamplingRequest request) => StartJob(request);

    public Task<SamplingResult> GetResult()
    {
        RequireStarted();
        return Task.FromResult(
            State.Result ?? throw NotReady.Of($"Sampling job '{JobId}' is", State.Phase, "it has no result"));
    }

    protected override async Task<SamplingJobState> Plan(SamplingRequest request)
    {
        if (request.ImagesPerClass < 1)
            throw new InvalidRequestException(
                $"Starting sampling job '{JobId}': {request.ImagesPerClass} images per class asked for. Give 1 or more.");
        var lineage = await Lineage.Of(GrainFactory, request.Model);
        var settings = request.Settings.Complete(lineage.Kind);
        var names = lineage.Dataset.ClassNames;
        List<int> classes = [.. request.Classes.Count > 0 ? request.Classes : lineage.Dataset.TrainedClasses()];
        DrawableClasses.Require(lineage, classes, request.Model, $"Starting sampling job '{JobId}'");
        var note = DrawableClasses.Note(lineage, classes, settings);
        var images = (long)classes.Count * request.ImagesPerClass;
        if (images > MostImages)
            throw new InvalidRequestException(
                $"Starting sampling job '{JobId}': {images} images asked for; one job makes at most {MostImages}. "
                + "Use several jobs with a seed each.");

        return new SamplingJobState
        {
            Request = request with { Settings = settings },
            Summary = $"{images} images of {classes.Count} classes from {request.Model}{(note is null ? "" : $"; {note}")}",
            Note = note,
            MadeFrom = [request.Model, lineage.TokenizerRun],
            Model = lineage.Model,
            Tokenizer = lineage.Tokenizer,
            Classes = classes,
            ClassNames = [.. classes.Select(c => names[c])],
            Progress = new JobProgress { Unit = "image", Total = images },
            Units = [UnitRun.OfImages(ChunkUnits, (int)images, ChunkSize), UnitRun.AtLast(GridUnit)],
        };
    }

    protected override (string Kind, string Document) Describe(WorkUnit unit)
    {
        var request = State.Request!;
        return (WorkKinds.SampleChunk, WorkJson.Write(new SampleChunkWork
        {
            OutputPrefix = $"samples/{JobId}/",
            FirstIndex = unit.First,
            Model = State.Model!.ToInfo(),
            Tokenizer = State.Tokenizer!.ToInfo(),
            Labels = [.. Enumerable.Range(unit.First, unit.Images).Select(i => State.Classes[i / request.ImagesPerClass])],
            Seed = ChunkSeeds.Derive(request.Seed, unit.Number),
            Settings = request.Settings.ToSampler(),
        }));
    }

    protected override async Task<(string Kind, string Document)> DescribeLast() =>
        (WorkKinds.ComposeGrid, WorkJson.Write(new ComposeGridWork
        {
            Output = $"samples/{JobId}/grid.png",
            Images = [.. await Images()],
            Columns = State.Request!.ImagesPerClass,
            RowLabels = State.ClassNames,
        }));

    protected override void Check(WorkUnit unit, string result)
    {
        if (unit.Last) WorkJson.Read<ArtifactInfo>(result);
        else if (WorkJson.Read<SampleChunkResult>(result).Images.Count != unit.Images)
            throw new PgmException(
                $"Unit {unit.Name} of sampling job '{JobId}' gave another number of images than the {unit.Images} asked for.");
    }

    protected override async Task Conclude() => State.Result = new SamplingResult
    {
        Grid = (await Results<ArtifactInfo>(GridUnit)).Single().ToReference(),
        Images = [.. (await Images()).Select(i => i.ToReference())],
        Note = State.Note,
        Classes = [.. State.Classes.Zip(State.ClassNames, (index, name) => $"{index} {name}")],
    };

    private async Task<IEnumerable<ArtifactInfo>> Images() => (await Results<SampleChunkResult>(ChunkUnits)).SelectMany(r => r.Images);
}
