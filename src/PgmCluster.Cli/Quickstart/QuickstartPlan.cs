namespace PgmCluster.Cli.Quickstart;

/// <summary>Everything that distinguishes one quickstart preset from another: names and numbers, no behaviour.</summary>
internal sealed record QuickstartPlan
{
    public required string Preset { get; init; }

    /// <summary>The ruler: scores compare between quickstarts as long as this preset stays what it is.</summary>
    public required string ClassifierPreset { get; init; }

    public required string TokenizerPreset { get; init; }

    /// <summary>The model that is trained, shown and scored.</summary>
    public required QuickstartModel Model { get; init; }

    /// <summary>Models that <c>--compare</c> trains beside it: about its size, on the same tokens, as many steps.</summary>
    public required IReadOnlyList<QuickstartModel> Baselines { get; init; }

    /// <summary>Training steps of each of the models.</summary>
    public required long ModelSteps { get; init; }

    /// <summary>Training steps between pictures of how far the model is.</summary>
    public required long PictureSteps { get; init; }

    /// <summary>Images drawn at once when speed is measured.</summary>
    public required int SpeedBatch { get; init; }

    /// <summary>Share of the images set aside for scores; the rest trains.</summary>
    public double ValidationShare { get; init; } = 0.1;

    public int ShardSize { get; init; } = 1000;

    public int TokenizeBatchSize { get; init; } = 100;

    public int GridImagesPerClass { get; init; } = 8;

    public required int EvaluationImages { get; init; }

    public required int EvaluationChunkSize { get; init; }

    /// <summary>Disk space that the state and artifacts need, with room to spare.</summary>
    public required long RequiredMegabytes { get; init; }

    /// <summary>What each stage costs beside the others, here in processor seconds: what is left is told by it.</summary>
    public required IReadOnlyDictionary<string, double> Costs { get; init; }

    /// <summary>Names of the stages, in order.</summary>
    /// <param name="compare">Whether the baselines are made, too.</param>
    public IReadOnlyList<string> Stages(bool compare) =>
    [
        QuickstartStages.Dataset, QuickstartStages.Classifier, QuickstartStages.Tokenizer, QuickstartStages.Tokenize,
        Model.Stage, QuickstartStages.Sample, Model.EvaluateStage,
        .. compare
            ? [.. Baselines.SelectMany(b => new[] { b.Stage, b.EvaluateStage }), QuickstartStages.CompareSpeed]
            : new[] { QuickstartStages.Speed },
    ];

    /// <summary>
    /// Id of a stage's job: the same for the same command, so that it goes on; another for another seed, so that both keep.
    /// </summary>
    public string JobId(long seed, string stage) => $"{Preset}-s{seed}-{stage}";

    /// <summary>Id of the job that turns the held-out images into codes, a part of the stage that does so with the others.</summary>
    public string HeldOutId(long seed) => $"{JobId(seed, QuickstartStages.Tokenize)}-held";

    /// <summary>Id of the job that computes a model's bits per token, a part of the stage that scores it.</summary>
    public string BitsId(long seed, QuickstartModel model) => $"{JobId(seed, model.EvaluateStage)}-bits";

    /// <summary>Ids of all jobs.</summary>
    public IEnumerable<string> JobIds(long seed, bool compare) =>
        Stages(compare).Select(stage => JobId(seed, stage)).Append(HeldOutId(seed))
            .Concat((compare ? Baselines.Prepend(Model) : [Model]).Select(model => BitsId(seed, model)));
}
