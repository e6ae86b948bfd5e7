using System.Globalization;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Cli.Study.Plans;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Formats;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Cli.Study.Jobs;

/// <summary>The study's jobs, each from its settings: ordinary jobs of the cluster.</summary>
internal sealed class StudyJobs(StudyPlan plan, SampleData data)
{
    /// <summary>A name of its own: a dataset that is registered already may be split in another way.</summary>
    private string DatasetName => $"study-{data.Name}";

    private string DatasetSettings => string.Create(CultureInfo.InvariantCulture, $"{DatasetName} validation={plan.ValidationShare}");

    public StudyJob<StudyDataset> Dataset() => new(
        StudyParts.Foundation, data.Name, DatasetSettings, new StudyCost("register", 3), new(DatasetName, 0, 0, 0, 0, ""), [],
        async work =>
        {
            var info = await work.Session.Get<IDatasetGrain>(DatasetName)
                .Register(new DatasetRequest { Location = data.Location, ValidationShare = plan.ValidationShare });
            return new(
                info.Name, info.Images, Count(info, SplitNames.Train), Count(info, SplitNames.Validation), info.ClassNames.Count,
                info.ContentSha256);
        });

    /// <summary>One classifier for all: what its preset gives, trained once.</summary>
    public StudyJob<StudyTrained> Judge() =>
        OnPictures("judge", plan.Judge, StudyOverrides.None);

    public StudyJob<StudyTrained> Tokenizer(StudyGrid grid) => OnPictures("tokenizer", grid.Preset, grid.Set);

    /// <summary>The held-out pictures' codes as well: likelihoods are of those.</summary>
    public StudyJob<StudyTokens> Tokens(StudyGrid grid)
    {
        var tokenizer = Tokenizer(grid);
        return new(
            tokenizer.Part, "tokens", tokenizer.Id, new StudyCost("tokenize", 4), new(0, grid.Side, grid.Side, grid.Codebook, 0),
            [tokenizer, Dataset()], async work =>
            {
                var job = work.Session.Get<ITokenizationJobGrain>(work.Id);
                await job.Start(new TokenizationRequest
                {
                    Dataset = DatasetName,
                    Tokenizer = tokenizer.Id,
                    Split = SplitNames.Train,
                    AlsoSplits = [SplitNames.Validation],
                    ShardSize = 1000,
                });
                await work.WaitAsync(job);
                var made = await job.GetResult();
                return new(made.Images, made.Height, made.Width, made.Codebook, made.CodesUsed);
            });
    }

    /// <summary>Features of the validation images, which choices are made by.</summary>
    public StudyJob<StudyReference> ValidationReference() => Reference(SplitNames.Validation);

    /// <summary>Features of the training images, which the report compares with, as the quickstart does.</summary>
    public StudyJob<StudyReference> TrainingReference() => Reference(SplitNames.Train);

    /// <param name="part">Which part asks.</param>
    /// <param name="grid">The codes.</param>
    /// <param name="model">One of the plan's.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="seed">Decides weights, data order and every draw.</param>
    /// <param name="set">Further overrides.</param>
    public StudyTraining Train(
        string part, StudyGrid grid, StudyModel model, double rate, long seed, IReadOnlyDictionary<string, string> set)
    {
        var rated = StudyOverrides.Join(
            set, StudyOverrides.Of(("training.learningRate", rate.ToString(CultureInfo.InvariantCulture))));
        var specification = StudySpecifications.Of(plan, grid, model, rated);
        var all = StudyOverrides.Join(plan.Training, model.Set, rated);
        var tokens = Tokens(grid);
        var job = Training(
            part, model.Name, specification, seed, $"on {tokens.Id}", tokens,
            new TrainingRequest { Preset = model.Preset, Set = all, Tokens = tokens.Id, Seed = seed });
        return new(model, specification, job);
    }

    /// <summary>Scores of a model's pictures.</summary>
    /// <param name="part">Which part asks.</param>
    /// <param name="training">The model.</param>
    /// <param name="setting">How it is sampled.</param>
    /// <param name="seed">Of the sampler's draws.</param>
    /// <param name="reference">What they are compared with.</param>
    public StudyJob<StudyScores> Evaluate(
        string part, StudyTraining training, StudySetting setting, long seed, StudyJob<StudyReference> reference)
    {
        var judge = Judge();
        return new(
            part, $"{training.Model.Name}-scores",
            $"{training.Job.Id} by {judge.Id} against {reference.Id}: "
            + $"{setting.Key} seed={seed} images={plan.Images} chunk={plan.ChunkSize}",
            StudyCosts.OfSampling(training.Specification, setting, plan.Images),
            // As if the quickstart's guidance were the best.
            new(Math.Abs(setting.Guidance - 2), 0, null, null, 0, null, null, null, null, 0, 0),
            [training.Job, judge, reference], async work =>
            {
                var job = work.Session.Get<IEvaluationJobGrain>(work.Id);
                await job.Start(new EvaluationRequest
                {
                    Model = training.Job.Id,
                    Classifier = judge.Id,
                    Statistics = reference.Id,
                    Images = plan.Images,
                    ChunkSize = plan.ChunkSize,
                    Seed = seed,
                    Settings = setting.ToSampling(),
                });
                await work.WaitAsync(job);
                return Scores(await job.GetScores());
            });
    }

    /// <summary>Bits a token of the validation images, in the Halton order, without guidance.</summary>
    public StudyJob<StudyBits> Bits(string part, StudyTraining training, StudyGrid grid, int steps, string curve)
    {
        var tokens = Tokens(grid);
        var setting = new StudySetting(steps, 0, StudySetting.Linear, Curve: curve);
        return new(
            part, $"{training.Model.Name}-bits", $"{training.Job.Id} of {SplitNames.Validation} of {tokens.Id}: {setting.Key}",
            StudyCosts.OfLikelihood(training.Specification, setting, plan.Images), new(0, null, 0), [training.Job, tokens],
            async work =>
            {
                var job = work.Session.Get<ILikelihoodJobGrain>(work.Id);
                await job.Start(new LikelihoodRequest
                {
                    Model = training.Job.Id,
                    Tokens = tokens.Id,
                    Split = SplitNames.Validation,
                    Steps = steps,
                    Curve = curve,
                });
                await work.WaitAsync(job);
                var score = await job.GetScore();
                return new(score.BitsPerToken, score.StandardError, score.Images);
            });
    }

    /// <summary>Speeds of models under one sampler, in turns; what a weight of the guidance is, other than none, does not matter.</summary>
    public StudyJob<StudySpeeds> Speed(string part, IReadOnlyList<StudyTraining> trainings, StudySetting setting, int batch)
    {
        var measured = setting with { Guidance = setting.Guidance == 0 ? 0 : 1, LogitScale = 1 };
        return new(
            part, "speed",
            string.Create(
                CultureInfo.InvariantCulture, $"{string.Join(' ', trainings.Select(t => t.Job.Id))}: {measured.Key} batch={batch}"),
            new StudyCost(
                "speed", trainings.Sum(t => 3 * StudyCosts.OfSampling(t.Specification, measured, batch).Seconds - 12)),
            new([.. trainings.Select(t => new StudySpeed(t.Model.Name, batch, 1, 1))]), [.. trainings.Select(t => t.Job)],
            async work =>
            {
                var specifications = new List<string>();
                foreach (var training in trainings)
                    specifications.Add((await work.Session.Get<ITrainingRunGrain>(training.Job.Id).GetDetails()).Specification);
                var results = await Task.Run(() => work.MeasureSpeed(specifications, measured.ToSampling(), batch));
                return new([.. results.Zip(trainings, (result, training) =>
                    new StudySpeed(training.Model.Name, batch, result.ImagesPerSecond, result.GigaOperationsPerImage))]);
            });
    }

    private StudyJob<StudyTrained> OnPictures(string name, string preset, IReadOnlyDictionary<string, string> set) => Training(
        StudyParts.Foundation, name, StudySpecifications.OfPictures(preset, set), plan.SearchSeed, $"on {DatasetSettings}", Dataset(),
        new TrainingRequest { Preset = preset, Set = set, Dataset = DatasetName, Seed = plan.SearchSeed });

    private static StudyJob<StudyTrained> Training(
        string part, string name, TrainingSpecification specification, long seed, string on, IStudyNeed data,
        TrainingRequest request) => new(
        part, name, $"{StudySpecifications.Text(specification)} seed={seed} {on}", StudyCosts.Of(specification),
        new(0, 0, 0, "", null, ""), [data], async work =>
        {
            var run = work.Session.Get<ITrainingRunGrain>(work.Id);
            await run.Start(request);
            await work.WaitAsync(run);
            var details = await run.GetDetails();
            var result = details.Result
                ?? throw new PgmException($"Training run '{work.Id}' is completed but has no result. Run the study in another home.");
            return new(
                result.Steps, result.FinalLoss, result.Parameters, result.WeightsSha256, result.EmaSha256, details.SpecificationSha256);
        });

    private StudyJob<StudyReference> Reference(string split)
    {
        var judge = Judge();
        return new(
            StudyParts.Foundation, $"{split}-features", $"{split} of {DatasetSettings} by {judge.Id} at {plan.ImageSize}",
            new StudyCost("features", 3), new(split, 0, ""), [Dataset(), judge], async work =>
            {
                var job = work.Session.Get<IStatisticsJobGrain>(work.Id);
                await job.Start(
                    new StatisticsRequest { Dataset = DatasetName, Split = split, ImageSize = plan.ImageSize, Classifier = judge.Id });
                await work.WaitAsync(job);
                var made = await job.GetResult();
                return new(split, made.Images.Count, made.File.Sha256);
            });
    }

    private static int Count(DatasetInfo info, string split) => info.Splits.FirstOrDefault(s => s.Name == split)?.Count ?? 0;

    private static StudyScores Scores(EvaluationScores s) => new(
        s.FrechetGenerated, s.ClassAccuracyGenerated!.Value, Neighbours(s.InFiveChunks), Neighbours(s.Whole),
        s.ClassifierAccuracyReal!.Value,
        s.FrechetReal, s.ClassAccuracyReconstructed, s.FrechetReconstructed, s.ReconstructionMse, s.Images, s.ReferenceImages);

    private static StudyNeighbours? Neighbours(NeighbourScores? s) => s is null ? null : new(s.Precision, s.Recall, s.Density, s.Coverage);
}
