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
using PgmCluster.Data.Formats;
using PgmCluster.Execution.Documents;

namespace PgmCluster.Cli.Quickstart;

/// <summary>
/// The stages of a quickstart, each of them an ordinary job. Nothing is remembered here between starts of the program: jobs of
/// the same id and request answer as they are, so running all stages again goes on where the last start ended.
/// </summary>
internal sealed class QuickstartRunner(
    IClusterSession session, QuickstartPlan plan, bool compare, long seed, SampleData data, IProgressBoard board, StageClock clock,
    TimeLeft left, MeasureSpeed measureSpeed)
{
    public const string SummaryName = "summary.json";

    private readonly QuickstartPictures _pictures = new(session.Home, board);
    private readonly List<(string Title, string RunId)> _losses = [];

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

        await TrainAsync(QuickstartStages.Classifier, OnImages(plan.ClassifierPreset), cancellation);
        await TrainAsync(QuickstartStages.Tokenizer, OnImages(plan.TokenizerPreset), cancellation);
        var tokens = await StageAsync(QuickstartStages.Tokenize, async id =>
        {
            var result = await TokenizeAsync(id, SplitNames.Train, cancellation);
            await TokenizeAsync(plan.HeldOutId(seed), SplitNames.Validation, cancellation);
            return result;
        });

        var training = await TrainAsync(plan.Model.Stage, OnTokens(plan.Model.Preset, plan.PictureSteps), cancellation);
        var samples = await StageAsync(QuickstartStages.Sample, async id =>
        {
            var job = session.Get<ISamplingJobGrain>(id);
            await job.Start(new SamplingRequest
            {
                Model = Id(plan.Model.Stage),
                ImagesPerClass = plan.GridImagesPerClass,
                Seed = seed,
                Settings = plan.Model.Sampling,
            });
            await WaitAsync(QuickstartStages.Sample, job, cancellation);
            return await job.GetResult();
        });
        _pictures.Finish(samples.Grid.Name);

        var models = new List<TrainedModel> { await EvaluatedAsync(plan.Model, training, cancellation) };
        foreach (var baseline in compare ? plan.Baselines : [])
        {
            var beside = await TrainAsync(baseline.Stage, OnTokens(baseline.Preset), cancellation);
            models.Add(await EvaluatedAsync(baseline, beside, cancellation));
        }
        var speeds = await StageAsync(
            compare ? QuickstartStages.CompareSpeed : QuickstartStages.Speed, id => MeasureSpeedAsync(id, models));
        return Publish(dataset, tokens, models, speeds);
    }

    private TrainingRequest OnImages(string preset) => new() { Preset = preset, Dataset = data.Name, Seed = seed };

    private TrainingRequest OnTokens(string preset, long pictureSteps = 0) => new()
    {
        Preset = preset,
        Tokens = Id(QuickstartStages.Tokenize),
        Seed = seed,
        Set = new Dictionary<string, string>
        {
            ["training.steps"] = $"{plan.ModelSteps}",
            ["training.sampleSteps"] = $"{pictureSteps}",
        },
    };

    private async Task<TokenizationResult> TokenizeAsync(string id, string split, CancellationToken cancellation)
    {
        var job = session.Get<ITokenizationJobGrain>(id);
        await job.Start(new TokenizationRequest
        {
            Dataset = data.Name,
            Tokenizer = Id(QuickstartStages.Tokenizer),
            Split = split,
            ShardSize = plan.ShardSize,
            BatchSize = plan.TokenizeBatchSize,
        });
        await WaitAsync(QuickstartStages.Tokenize, job, cancellation);
        return await job.GetResult();
    }

    private async Task<TrainedModel> EvaluatedAsync(QuickstartModel model, TrainingDetails details, CancellationToken cancellation)
    {
        var (scores, likelihood) = await StageAsync(model.EvaluateStage, async id =>
        {
            var bits = session.Get<ILikelihoodJobGrain>(plan.BitsId(seed, model));
            await bits.Start(new LikelihoodRequest
            {
                Model = Id(model.Stage),
                Tokens = plan.HeldOutId(seed),
                Steps = model.Sampling.Steps,
            });
            await WaitAsync(model.EvaluateStage, bits, cancellation);
            var job = session.Get<IEvaluationJobGrain>(id);
            await job.Start(new EvaluationRequest
            {
                Model = Id(model.Stage),
                Classifier = Id(QuickstartStages.Classifier),
                Images = plan.EvaluationImages,
                ChunkSize = plan.EvaluationChunkSize,
                Seed = seed,
                Settings = model.Sampling,
            });
            await WaitAsync(model.EvaluateStage, job, cancellation);
            return (await job.GetScores(), await bits.GetScore());
        });
        return new(model, details, scores, likelihood);
    }

    /// <summary>Measures once, all models in turns: a later start of the program gives the figures of the first.</summary>
    private async Task<IReadOnlyList<SpeedResult>> MeasureSpeedAsync(string id, IReadOnlyList<TrainedModel> models)
    {
        var path = Path.Combine(Home.Root, "quickstart", $"{id}-measured.json");
        if (File.Exists(path)) return Json.Read<IReadOnlyList<SpeedResult>>(File.ReadAllText(path));
        var specifications = models.Select(m => m.Details.Specification).ToList();
        // Any guidance but none costs the same.
        var measured = await Task.Run(() => measureSpeed(specifications, plan.Model.Sampling, plan.SpeedBatch));
        AtomicFile.WriteAllText(path, Json.Text(measured));
        return measured;
    }

    private string Id(string stage) => plan.JobId(seed, stage);

    private async Task<TrainingDetails> TrainAsync(string stage, TrainingRequest request, CancellationToken cancellation)
    {
        var details = await StageAsync(stage, async id =>
        {
            var run = session.Get<ITrainingRunGrain>(id);
            await run.Start(request);
            await WaitAsync(stage, run, cancellation);
            return await run.GetDetails();
        });
        if (details.Result is null)
            throw new PgmException($"Training run '{Id(stage)}' is completed but has no result. Start over with --fresh.");
        _losses.Add(($"{stage} ({request.Preset}): training loss", Id(stage)));
        _pictures.DrawLosses(_losses);
        return details;
    }

    private async Task<T> StageAsync<T>(string stage, Func<string, Task<T>> body)
    {
        board.Begin(stage);
        left.Begin(clock.Seconds(stage));
        var result = await clock.MeasureAsync(stage, () => body(Id(stage)));
        left.End(clock.Seconds(stage));
        board.Remaining(left.Left);
        board.End(stage, clock.Seconds(stage));
        return result;
    }

    private Task WaitAsync(string stage, IJobGrain job, CancellationToken cancellation) => JobWaiting.ToCompletionAsync(
        job,
        e =>
        {
            left.Report(e.Progress);
            board.Remaining(left.Left);
            board.Report(stage, e);
            if (stage == plan.Model.Stage && e.Phase == JobPhase.Running) _pictures.Grow(Id(stage), e.Progress.Done, plan.PictureSteps);
        },
        cancellation);

    private QuickstartOutcome Publish(
        DatasetInfo dataset, TokenizationResult tokens, IReadOnlyList<TrainedModel> models, IReadOnlyList<SpeedResult> speeds)
    {
        var checkpoint = (models[0].Result.Checkpoint ?? models[0].Result.Weights).Name;
        var summary = new SummaryBuilder(plan, compare, seed, clock).Build(
            dataset, tokens, models, speeds, new(_pictures.Grid, _pictures.LossCurve, Home.OpenArtifacts().PlaceOf(checkpoint)));
        AtomicFile.WriteAllText(Path.Combine(Home.Root, SummaryName), Json.Text(summary) + "\n");
        return new(summary, models[0].Scores, DatasetNotes.Of(dataset));
    }
}
