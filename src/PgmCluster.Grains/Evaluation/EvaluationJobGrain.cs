using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Sampling;

namespace PgmCluster.Grains.Evaluation;

/// <inheritdoc cref="IEvaluationJobGrain"/>
public sealed class EvaluationJobGrain : WorkJobGrain<EvaluationJobState, EvaluationRequest>, IEvaluationJobGrain
{
    private const int ReferenceChunkSize = 2000;

    public EvaluationJobGrain(
        [PersistentState("evaluation-job", "Default")] IPersistentState<EvaluationJobState> state, TimeProvider time, ILogger<EvaluationJobGrain> logger)
        : base(state, time, logger) { }

    protected override JobKind Kind => JobKind.Evaluation;

    public Task<JobStatus> Start(EvaluationRequest request) => StartJob(request);

    public Task<EvaluationScores> GetScores()
    {
        RequireStarted();
        return Task.FromResult(State.Scores ?? throw new PgmException($"Evaluation '{JobId}' is {Word(State.Phase)}; it has no scores yet."));
    }

    protected override async Task<EvaluationJobState> Plan(EvaluationRequest request)
    {
        if (request.Images < 2) throw Refusal($"{request.Images} images asked for. Give 2 or more: the distance needs a covariance");
        if (request.ChunkSize < 1) throw Refusal($"the chunk size is {request.ChunkSize}. Give 1 or more");
        var lineage = await Lineage.Of(GrainFactory, request.Model);
        var settings = request.Settings.Complete(lineage.Kind);
        var dataset = lineage.Dataset;
        var classifier = await Lineage.WeightsOf(GrainFactory, request.Classifier, "classifier");
        var trainedOn = (await GrainFactory.GetGrain<ITrainingRunGrain>(request.Classifier).GetDetails()).Request.Dataset;
        if (trainedOn != dataset.Name)
            throw Refusal($"classifier '{request.Classifier}' was trained on dataset '{trainedOn}', model '{request.Model}' on '{dataset.Name}'. Train a classifier on '{dataset.Name}'");
        var held = dataset.Splits.FirstOrDefault(s => s.Name == "validation")?.Count ?? 0;
        if (held < request.Images)
            throw Refusal($"{request.Images} images asked for, the validation split of dataset '{dataset.Name}' has {held}. Ask for fewer, or register the dataset under another name with more validation images");

        List<EvaluationChunk> chunks =
        [
            .. ChunksOf(EvaluationSubject.Reference, dataset.Split("train").Count, ReferenceChunkSize),
            .. ChunksOf(EvaluationSubject.Real, request.Images, request.ChunkSize),
            .. ChunksOf(EvaluationSubject.Reconstructed, request.Images, request.ChunkSize),
            .. ChunksOf(EvaluationSubject.Generated, request.Images, request.ChunkSize),
        ];
        return new EvaluationJobState
        {
            Request = request with { Settings = settings },
            Summary = $"{request.Images} images from {request.Model}, seen by {request.Classifier}",
            MadeFrom = [request.Model, request.Classifier, lineage.TokenizerRun, dataset.Name],
            Model = lineage.Model,
            Tokenizer = lineage.Tokenizer,
            Classifier = classifier,
            Dataset = dataset,
            Chunks = chunks,
            Progress = new JobProgress { Unit = "image", Total = chunks.Sum(c => (long)c.Count) },
            Parts = [.. chunks.Select(c => new WorkPart { Name = c.Name, Images = c.Count }), new WorkPart { Name = "merge", Last = true }],
        };
    }

    protected override (string Kind, string Document) Describe(WorkPart part)
    {
        var request = State.Request!;
        var dataset = State.Dataset!;
        if (part.Last)
        {
            return (WorkKinds.MergeEvaluation, WorkJson.Write(new MergeEvaluationWork
            {
                Reference = Features(EvaluationSubject.Reference),
                Real = Features(EvaluationSubject.Real),
                Reconstructed = Features(EvaluationSubject.Reconstructed),
                Generated = Features(EvaluationSubject.Generated),
                Threads = request.Settings.Threads,
            }));
        }
        var chunk = State.Chunks[State.Parts.IndexOf(part)];
        var generated = chunk.Subject == EvaluationSubject.Generated;
        return (WorkKinds.EvaluateChunk, WorkJson.Write(new EvaluateChunkWork
        {
            Output = $"evaluations/{JobId}/{chunk.Name}.safetensors",
            Subject = chunk.Subject,
            Classifier = State.Classifier!.ToInfo(),
            Images = generated ? null : dataset.Range(chunk.Subject == EvaluationSubject.Reference ? "train" : "validation", chunk.First, chunk.Count),
            Tokenizer = generated || chunk.Subject == EvaluationSubject.Reconstructed ? State.Tokenizer!.ToInfo() : null,
            Model = generated ? State.Model!.ToInfo() : null,
            Labels = generated ? [.. Enumerable.Range(chunk.First, chunk.Count).Select(i => i % dataset.ClassNames.Count)] : [],
            Seed = generated ? ChunkSeeds.Derive(request.Seed, chunk.Index) : 0,
            Settings = request.Settings.ToSampler(),
        }));
    }

    protected override void Check(WorkPart part, string result)
    {
        if (part.Last) WorkJson.Read<EvaluationResult>(result);
        else if (WorkJson.Read<EvaluateChunkResult>(result).Images != part.Images)
            throw new PgmException($"Part {part.Name} of evaluation '{JobId}' covers another number of images than the {part.Images} asked for.");
    }

    protected override void Conclude()
    {
        var result = WorkJson.Read<EvaluationResult>(State.Parts.Single(p => p.Last).Result!);
        State.Scores = new EvaluationScores
        {
            ClassifierAccuracyReal = result.ClassifierAccuracyReal,
            ClassAccuracyReconstructed = result.ClassAccuracyReconstructed,
            ClassAccuracyGenerated = result.ClassAccuracyGenerated,
            FrechetReal = result.FrechetReal,
            FrechetReconstructed = result.FrechetReconstructed,
            FrechetGenerated = result.FrechetGenerated,
            ReconstructionMse = result.ReconstructionMse,
            Images = result.Images,
            ReferenceImages = result.ReferenceImages,
        };
    }

    private static IEnumerable<EvaluationChunk> ChunksOf(EvaluationSubject subject, int images, int size) =>
        Chunks.Of(images, size).Select(c => new EvaluationChunk(subject, c.Index, c.First, c.Count));

    /// <summary>By chunk index, whichever chunk ended first.</summary>
    private List<ArtifactInfo> Features(EvaluationSubject subject) =>
        [.. State.Chunks.Select((chunk, i) => (chunk, part: State.Parts[i])).Where(x => x.chunk.Subject == subject)
            .Select(x => WorkJson.Read<EvaluateChunkResult>(x.part.Result!).Features)];

    private InvalidRequestException Refusal(string why) => new($"Starting evaluation '{JobId}': {why}.");
}
