using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Formats;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Sampling;
using PgmCluster.Modeling.Metrics;

namespace PgmCluster.Grains.Evaluation;

/// <inheritdoc cref="IEvaluationJobGrain"/>
[GrainType("evaluationjob")]
public sealed class EvaluationJobGrain : WorkJobGrain<EvaluationJobState, EvaluationRequest>, IEvaluationJobGrain
{
    private const int ReferenceChunkSize = 2000;

    private readonly IWeightsImporter _importer;

    public EvaluationJobGrain(
        [PersistentState("evaluation-job", "Default")] IPersistentState<EvaluationJobState> state, IWeightsImporter importer,
        TimeProvider time, ILogger<EvaluationJobGrain> logger)
        : base(state, time, logger) => _importer = importer;

    protected override JobKind Kind => JobKind.Evaluation;

    public override Task<Origin> GetOrigin() => Task.FromResult(EvaluationOrigin.Of(JobId, RequireStarted()));

    public Task<JobStatus> Start(EvaluationRequest request) =>
        SkippedImages.Start(Title, request.SkipBad, () => StartJob(request), () => State.Scores?.Skipped);

    public Task<EvaluationScores> GetScores()
    {
        RequireStarted();
        return Task.FromResult(
            State.Scores ?? throw NotReady.Of($"Evaluation '{JobId}' is", State.Phase, "it has no scores"));
    }

    protected override async Task<EvaluationJobState> Plan(EvaluationRequest request)
    {
        if (request.Images < 2) throw Refusal($"{request.Images} images asked for. Give 2 or more: the distance needs a covariance");
        if (request.ChunkSize < 1) throw Refusal($"the chunk size is {request.ChunkSize}. Give 1 or more");
        var lineage = await Lineage.Of(GrainFactory, request.Model);
        var settings = request.Settings.Complete(lineage.Kind);
        var dataset = lineage.Dataset;
        lineage.RequireClasses(Enumerable.Range(0, dataset.ClassNames.Count), request.Model);
        var features = await FeaturesOf(request, dataset, lineage);
        var statistics = request.Statistics is { Length: > 0 } name ? await StatisticsOf(name, features, lineage) : null;
        // A covariance needs two.
        var held = Math.Min(request.Images, dataset.HeldOut()) is > 1 and var count
            ? count
            : 0;

        List<UnitRun> chunks =
        [
            UnitsOf(EvaluationSubject.Reference, statistics is null ? dataset.Split(SplitNames.Train).Count : 0, ReferenceChunkSize),
            UnitsOf(EvaluationSubject.Real, held, request.ChunkSize),
            UnitsOf(EvaluationSubject.Reconstructed, held, request.ChunkSize),
            UnitsOf(EvaluationSubject.Generated, request.Images, request.ChunkSize),
        ];
        var note = lineage.FarFromTrained(settings);
        return new EvaluationJobState
        {
            Request = request with { Settings = settings },
            Summary = $"{request.Images} images from {request.Model}, seen by {features.Name}{(note is null ? "" : $"; {note}")}",
            Note = note,
            MadeFrom = [.. new[] { request.Model, request.Classifier, lineage.TokenizerRun, dataset.Name,
                request.Statistics }.OfType<string>().Where(n => n.Length > 0)],
            Model = lineage.Model,
            Tokenizer = lineage.Tokenizer,
            Features = features,
            Statistics = statistics,
            Dataset = dataset,
            Drawn = true,
            Classes = [.. dataset.TrainedClasses()],
            Progress = new JobProgress { Unit = "image", Total = chunks.Sum(c => (long)c.Images) },
            Units = [.. chunks, UnitRun.AtLast(EvaluationUnits.Merge)],
        };
    }

    protected override (string Kind, string Document) Describe(WorkUnit unit)
    {
        var request = State.Request!;
        var dataset = State.Dataset!;
        var subject = EvaluationUnits.SubjectOf(unit);
        var generated = subject == EvaluationSubject.Generated;
        return (WorkKinds.EvaluateChunk, WorkJson.Write(new EvaluateChunkWork
        {
            Output = $"evaluations/{JobId}/{unit.Name}.safetensors",
            Subject = subject,
            Classifier = IsInception ? null : (State.Features?.Weights ?? State.Classifier!).ToInfo(),
            Inception = IsInception ? State.Features!.Weights.ToInfo() : null,
            ImageSize = State.Statistics?.ImageSize ?? 0,
            Images = generated
                ? null
                : dataset.Sample(
                    subject == EvaluationSubject.Reference ? SplitNames.Train : SplitNames.Validation, unit.First, unit.Images,
                    State.Drawn),
            // Inception takes images of any size: those of the tokenizer's.
            Tokenizer = generated || IsInception || subject == EvaluationSubject.Reconstructed ? State.Tokenizer!.ToInfo() : null,
            Model = generated ? State.Model!.ToInfo() : null,
            Labels = generated
                ? [.. Enumerable.Range(unit.First, unit.Images).Select(
                    i => State.Classes.Count > 0 ? State.Classes[i % State.Classes.Count] : i % dataset.ClassNames.Count)]
                : [],
            Seed = generated ? ChunkSeeds.Derive(request.Seed, unit.Number) : 0,
            Settings = request.Settings.ToSampler(),
            SkipBad = request.SkipBad,
        }));
    }

    protected override async Task<(string Kind, string Document)> DescribeLast()
    {
        var request = State.Request!;
        var (reference, real) = (await Chunks(EvaluationSubject.Reference), await Chunks(EvaluationSubject.Real));
        // Fails the job where more are left out than it allows.
        Skipped([.. reference, .. real]);
        return (WorkKinds.MergeEvaluation, WorkJson.Write(new MergeEvaluationWork
        {
            Reference = State.Statistics is { } made
                ? [.. made.Chunks.Select(c => c.ToInfo())]
                : Features(reference),
            Statistics = State.Statistics?.File.ToInfo(),
            Real = Features(real),
            Reconstructed = Features(await Chunks(EvaluationSubject.Reconstructed)),
            Generated = Features(await Chunks(EvaluationSubject.Generated)),
            Threads = request.Settings.Threads,
            InceptionScore = IsInception,
            GeneratedImages = request.Images,
            Seed = request.Seed,
        }));
    }

    protected override void Check(WorkUnit unit, string result)
    {
        if (unit.Last) WorkJson.Read<EvaluationResult>(result);
        else if (WorkJson.Read<EvaluateChunkResult>(result) is var chunk && chunk.Images + chunk.Skipped.Count != unit.Images)
            throw new PgmException(
                $"Unit {unit.Name} of evaluation '{JobId}' covers another number of images than the {unit.Images} asked for.");
    }

    protected override async Task Conclude()
    {
        var result = (await Results<EvaluationResult>(EvaluationUnits.Merge)).Single();
        var (reference, real) = (await Chunks(EvaluationSubject.Reference), await Chunks(EvaluationSubject.Real));
        var skipped = Skipped([.. reference, .. real]);
        var basis = Basis(Skipped(reference), Skipped(real));
        State.Scores = new EvaluationScores
        {
            Remark = ScoreRemarks.Of(result.Features,
            [
                ("generated", result.Images), ("held-out", result.FrechetReal is null ? null : basis.HeldOutImages),
                ("reference", result.ReferenceImages),
            ], State.Note),
            ClassifierAccuracyReal = result.ClassifierAccuracyReal,
            ClassAccuracyReconstructed = result.ClassAccuracyReconstructed,
            ClassAccuracyGenerated = result.ClassAccuracyGenerated,
            FrechetReal = result.FrechetReal,
            FrechetReconstructed = result.FrechetReconstructed,
            FrechetGenerated = result.FrechetGenerated,
            ReconstructionMse = result.ReconstructionMse,
            Images = result.Images,
            ReferenceImages = result.ReferenceImages,
            InceptionScore = result.InceptionScore,
            InFiveChunks = Scores(result.InFiveChunks),
            Whole = Scores(result.Whole),
            Basis = basis,
            Skipped = skipped,
        };
    }

    private bool IsInception => State.Features?.Kind == FeatureKinds.Inception;

    private static NeighbourScores? Scores(ManifoldScores? scores) =>
        scores is null ? null : new NeighbourScores(scores.Precision, scores.Recall, scores.Density, scores.Coverage);

    protected override EvaluationRequest Renewed(EvaluationRequest asked) => State.Request! with { SkipBad = asked.SkipBad };

    private Task<IReadOnlyList<EvaluateChunkResult>> Chunks(EvaluationSubject subject) =>
        Results<EvaluateChunkResult>(EvaluationUnits.Of(subject));

    private IReadOnlyList<SkippedImage>? Skipped(IEnumerable<EvaluateChunkResult> chunks) =>
        SkippedImages.Of($"evaluation '{JobId}'", chunks.Select(c => c.Skipped), State.Request!.SkipBad);

    private static List<ArtifactInfo> Features(IEnumerable<EvaluateChunkResult> chunks) => [.. chunks.Select(c => c.Features)];

    private EvaluationBasis Basis(IReadOnlyList<SkippedImage>? ofReference, IReadOnlyList<SkippedImage>? ofReal)
    {
        var request = State.Request!;
        return new EvaluationBasis
        {
            Features = State.Features ?? new FeatureSource(FeatureKinds.Classifier, request.Classifier!, State.Classifier!, "none"),
            Reference = State.Statistics?.Images
                ?? State.Dataset!.Images(
                    SplitNames.Train, State.Dataset!.Split(SplitNames.Train).Count, State.Drawn, ofReference),
            Statistics = State.Statistics?.Name,
            Model = State.Model!,
            Images = request.Images,
            HeldOutImages = State.Units.Where(u => u.Name == EvaluationUnits.Of(EvaluationSubject.Real)).Sum(u => u.Images)
                - (ofReal?.Count ?? 0),
            Seed = request.Seed,
            ChunkSize = request.ChunkSize,
            Sampling = request.Settings,
            Precision = $"sampling {request.Settings.Precision}, features float32, statistics and distances float64",
        };
    }

    private async Task<FeatureSource> FeaturesOf(EvaluationRequest request, DatasetInfo dataset, Lineage lineage)
    {
        switch (request.Features)
        {
            case FeatureKinds.Inception:
                return await FeatureSources.Inception(_importer, request.Inception, request.InceptionWeights);
            case FeatureKinds.Classifier when request.Classifier is { Length: > 0 } run:
                return await FeatureSources.Classifier(
                    GrainFactory, run, dataset, lineage.ImageSize, $"the images of tokenizer '{lineage.TokenizerRun}'");
            case FeatureKinds.Classifier:
                throw Refusal(
                    "a classifier's features need a classifier. Name a run of kind classifier, or ask for the features 'inception'");
            default:
                throw Refusal($"there are no features '{request.Features}'. Use {FeatureKinds.Classifier} or {FeatureKinds.Inception}");
        }
    }

    private async Task<ReferenceStatistics> StatisticsOf(string name, FeatureSource features, Lineage lineage)
    {
        var job = GrainFactory.GetGrain<IStatisticsJobGrain>(name);
        if ((await job.GetStatus()).Phase != JobPhase.Completed)
            throw Refusal($"statistics '{name}' are not completed. Wait for them with 'pgm runs watch {name}'");
        var statistics = await job.GetResult();
        if (statistics.Features.Weights.Sha256 != features.Weights.Sha256)
            throw Refusal(
                $"statistics '{name}' were made with {statistics.Features.Name}, the evaluation asks for {features.Name}, whose weights "
                + "differ. Use the same weights for both");
        if (lineage.ImageSize is { } made && made != statistics.ImageSize)
            throw Refusal(
                $"statistics '{name}' are of images of {statistics.ImageSize} x {statistics.ImageSize} pixels, and tokenizer "
                + $"'{lineage.TokenizerRun}' makes images of {made} x {made}. Make statistics with --size {made}");
        return statistics;
    }

    private static UnitRun UnitsOf(EvaluationSubject subject, int images, int size) =>
        UnitRun.OfImages(EvaluationUnits.Of(subject), images, size);

    private InvalidRequestException Refusal(string why) => new($"Starting evaluation '{JobId}': {why}.");
}
