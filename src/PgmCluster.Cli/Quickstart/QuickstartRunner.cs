using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Cli.Quickstart;

/// <summary>
/// The stages of a quickstart, each of them an ordinary job. Nothing is remembered here between starts of the program: jobs of
/// the same id and request answer as they are, so running all stages again goes on where the last start ended.
/// </summary>
internal sealed class QuickstartRunner(
    IClusterSession session, QuickstartPlan plan, long seed, SampleData data, IProgressBoard board, StageClock clock,
    MeasureSpeed measureSpeed)
{
    public const string SummaryName = "summary.json";
    public const string GridName = "grid.png";
    public const string LossCurveName = "loss.png";

    private PgmHome Home => session.Home;

    public async Task<QuickstartOutcome> RunAsync(CancellationToken cancellation)
    {
        var dataset = await StageAsync(QuickstartStages.Dataset, _ =>
            session.Get<IDatasetGrain>(data.Name).Register(
                new DatasetRequest
                {
                    Location = data.Location,
                    ValidationShare = plan.ValidationShare,
                    Background = data.Background,
                }));
        var note = DatasetNotes.Of(dataset);
        if (note is not null) board.Note(QuickstartStages.Dataset, note);
        session.Claim?.Keep();

        await TrainAsync(
            QuickstartStages.Classifier, new TrainingRequest { Preset = plan.ClassifierPreset, Dataset = data.Name, Seed = seed },
            cancellation);
        await TrainAsync(
            QuickstartStages.Tokenizer, new TrainingRequest { Preset = plan.TokenizerPreset, Dataset = data.Name, Seed = seed },
            cancellation);

        var tokens = await StageAsync(QuickstartStages.Tokenize, async id =>
        {
            var job = session.Get<ITokenizationJobGrain>(id);
            await job.Start(new TokenizationRequest
            {
                Dataset = data.Name,
                Tokenizer = Id(QuickstartStages.Tokenizer),
                Split = "train",
                ShardSize = plan.ShardSize,
                BatchSize = plan.TokenizeBatchSize,
            });
            await WaitAsync(QuickstartStages.Tokenize, job, cancellation);
            return await job.GetResult();
        });

        var pgm = await TrainAsync(QuickstartStages.Pgm, OnTokens(plan.PgmPreset), cancellation);

        var samples = await StageAsync(QuickstartStages.Sample, async id =>
        {
            var job = session.Get<ISamplingJobGrain>(id);
            await job.Start(new SamplingRequest
            {
                Model = Id(QuickstartStages.Pgm),
                ImagesPerClass = plan.GridImagesPerClass,
                Seed = seed,
                Settings = plan.Sampling,
            });
            await WaitAsync(QuickstartStages.Sample, job, cancellation);
            return await job.GetResult();
        });

        var scores = await EvaluateAsync(QuickstartStages.Evaluate, QuickstartStages.Pgm, cancellation);
        var maskGit = await TrainAsync(QuickstartStages.MaskGit, OnTokens(plan.MaskGitPreset), cancellation);
        var baseline = await EvaluateAsync(QuickstartStages.EvaluateMaskGit, QuickstartStages.MaskGit, cancellation);
        var speed = await StageAsync(QuickstartStages.Speed, MeasureSpeedAsync);
        return Publish(dataset, tokens, samples, (pgm, scores), (maskGit, baseline), speed);
    }

    private TrainingRequest OnTokens(string preset) => new() { Preset = preset, Tokens = Id(QuickstartStages.Tokenize), Seed = seed };

    private Task<EvaluationScores> EvaluateAsync(
        string stage, string modelStage, CancellationToken cancellation) => StageAsync(stage, async id =>
    {
        var job = session.Get<IEvaluationJobGrain>(id);
        await job.Start(new EvaluationRequest
        {
            Model = Id(modelStage),
            Classifier = Id(QuickstartStages.Classifier),
            Images = plan.EvaluationImages,
            ChunkSize = plan.EvaluationChunkSize,
            Seed = seed,
            Settings = plan.Sampling,
        });
        await WaitAsync(stage, job, cancellation);
        return await job.GetScores();
    });

    /// <summary>Measures once: a later start of the program gives the figures of the first.</summary>
    private async Task<QuickstartSummary.SpeedPart> MeasureSpeedAsync(string id)
    {
        var path = Path.Combine(Home.Root, "quickstart", $"{id}.json");
        if (File.Exists(path)) return Json.Read<QuickstartSummary.SpeedPart>(File.ReadAllText(path));
        var specifications = new List<string>();
        foreach (var stage in new[] { QuickstartStages.Pgm, QuickstartStages.MaskGit })
            specifications.Add((await session.Get<ITrainingRunGrain>(Id(stage)).GetDetails()).Specification);
        var measured = await Task.Run(() => measureSpeed(specifications, plan.Sampling, plan.SpeedBatch));
        var (pgm, maskGit) = (measured[0], measured[1]);
        var part = new QuickstartSummary.SpeedPart(
            plan.SpeedBatch, pgm.ImagesPerSecond, maskGit.ImagesPerSecond, pgm.ImagesPerSecond / maskGit.ImagesPerSecond,
            maskGit.GigaOperationsPerImage / pgm.GigaOperationsPerImage);
        AtomicFile.WriteAllText(path, Json.Text(part));
        return part;
    }

    private string Id(string stage) => plan.JobId(seed, stage);

    private Task<TrainingResult> TrainAsync(
        string stage, TrainingRequest request, CancellationToken cancellation) => StageAsync(stage, async id =>
    {
        var run = session.Get<ITrainingRunGrain>(id);
        await run.Start(request);
        await WaitAsync(stage, run, cancellation);
        return (await run.GetDetails()).Result
            ?? throw new PgmException($"Training run '{id}' is completed but has no result. Start over with --fresh.");
    });

    private async Task<T> StageAsync<T>(string stage, Func<string, Task<T>> body)
    {
        board.Begin(stage);
        var result = await clock.MeasureAsync(stage, () => body(Id(stage)));
        board.End(stage, clock.Seconds(stage));
        return result;
    }

    private Task WaitAsync(string stage, IJobGrain job, CancellationToken cancellation) =>
        JobWaiting.ToCompletionAsync(job, e => board.Report(stage, e), cancellation);

    private QuickstartOutcome Publish(
        DatasetInfo dataset, TokenizationResult tokens, SamplingResult samples,
        (TrainingResult Training, EvaluationScores Scores) pgm, (TrainingResult Training, EvaluationScores Scores) maskGit,
        QuickstartSummary.SpeedPart speed)
    {
        var (training, scores) = pgm;
        var grid = Path.Combine(Home.Root, GridName);
        var lossCurve = Path.Combine(Home.Root, LossCurveName);
        OutputFile.Copy(Home, samples.Grid.Name, grid);
        if (training.LossCurve is { } curve) OutputFile.Copy(Home, curve.Name, lossCurve);

        var summary = new QuickstartSummary(
            plan.Preset,
            seed,
            [.. plan.Stages.Select(stage => new QuickstartSummary.Stage(stage, clock.Seconds(stage)))],
            new(dataset.Name, dataset.Images, dataset.ClassNames.Count),
            new(tokens.Codebook, tokens.CodesUsed, scores.ReconstructionMse!.Value),
            new(training.Steps, training.FinalLoss, training.Parameters, training.WeightsSha256),
            // A classifier's features and a validation split give all of them.
            new(scores.ClassifierAccuracyReal!.Value, scores.ClassAccuracyReconstructed!.Value, scores.ClassAccuracyGenerated!.Value,
                scores.FrechetReal!.Value, scores.FrechetReconstructed!.Value, scores.FrechetGenerated),
            new(maskGit.Training.Steps, maskGit.Training.FinalLoss, maskGit.Training.Parameters, maskGit.Training.WeightsSha256,
                maskGit.Scores.ClassAccuracyGenerated, maskGit.Scores.FrechetGenerated),
            speed,
            new(grid, lossCurve, Home.OpenArtifacts().PlaceOf((training.Checkpoint ?? training.Weights).Name)));
        AtomicFile.WriteAllText(Path.Combine(Home.Root, SummaryName), Json.Text(summary) + "\n");
        return new(summary, scores, DatasetNotes.Of(dataset));
    }
}
