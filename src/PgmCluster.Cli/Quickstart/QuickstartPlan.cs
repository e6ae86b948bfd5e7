using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Cli.Quickstart;

/// <summary>Everything that distinguishes one quickstart preset from another: names and numbers, no behaviour.</summary>
internal sealed record QuickstartPlan
{
    public required string Preset { get; init; }

    public required string ClassifierPreset { get; init; }

    public required string TokenizerPreset { get; init; }

    public required string PgmPreset { get; init; }

    /// <summary>The baseline: of the same size, trained with the same budget.</summary>
    public required string MaskGitPreset { get; init; }

    /// <summary>Images drawn at once when the two models' speeds are compared.</summary>
    public required int SpeedBatch { get; init; }

    /// <summary>Share of the images set aside for scores; the rest trains.</summary>
    public double ValidationShare { get; init; } = 0.1;

    public int ShardSize { get; init; } = 1000;

    public int TokenizeBatchSize { get; init; } = 100;

    public int GridImagesPerClass { get; init; } = 8;

    public required int EvaluationImages { get; init; }

    public required int EvaluationChunkSize { get; init; }

    /// <summary>One setting for the grid and for all scores, so that the picture shows what is measured.</summary>
    public required SamplingSettings Sampling { get; init; }

    /// <summary>Disk space that the state and artifacts need, with room to spare.</summary>
    public required long RequiredMegabytes { get; init; }

    /// <summary>Names of the stages, in order.</summary>
    public IReadOnlyList<string> Stages { get; } =
    [
        QuickstartStages.Dataset, QuickstartStages.Classifier, QuickstartStages.Tokenizer, QuickstartStages.Tokenize,
        QuickstartStages.Pgm, QuickstartStages.Sample, QuickstartStages.Evaluate,
        QuickstartStages.MaskGit, QuickstartStages.EvaluateMaskGit, QuickstartStages.Speed,
    ];

    /// <summary>
    /// Id of a stage's job: the same for the same command, so that it goes on; another for another seed, so that both keep.
    /// </summary>
    public string JobId(long seed, string stage) => $"{Preset}-s{seed}-{stage}";
}
