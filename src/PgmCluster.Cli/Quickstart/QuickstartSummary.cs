namespace PgmCluster.Cli.Quickstart;

/// <summary>What <c>summary.json</c> holds. Other programs read it: names and structure are fixed.</summary>
internal sealed record QuickstartSummary(
    string Preset,
    long Seed,
    IReadOnlyList<QuickstartSummary.Stage> Stages,
    QuickstartSummary.DatasetPart Dataset,
    QuickstartSummary.TokenizerPart Tokenizer,
    QuickstartSummary.TrainingPart Training,
    QuickstartSummary.EvaluationPart Evaluation,
    QuickstartSummary.BaselinePart Baseline,
    QuickstartSummary.SpeedPart Speed,
    QuickstartSummary.ArtifactsPart Artifacts)
{
    internal sealed record Stage(string Name, double Seconds);

    internal sealed record DatasetPart(string Name, int Images, int Classes);

    internal sealed record TokenizerPart(int Codebook, int CodesUsed, double ReconstructionMse);

    internal sealed record TrainingPart(long Steps, double FinalLoss, long Parameters, string WeightsSha256);

    internal sealed record EvaluationPart(
        double ClassifierAccuracyReal,
        double ClassAccuracyReconstructed,
        double ClassAccuracyGenerated,
        double FrechetReal,
        double FrechetReconstructed,
        double FrechetGenerated);

    /// <summary>MaskGIT beside the PGM.</summary>
    internal sealed record BaselinePart(
        long Steps, double FinalLoss, long Parameters, string WeightsSha256, double? ClassAccuracyGenerated, double FrechetGenerated);

    /// <summary>
    /// Sampling throughput of both, tokens only, measured in turns; the ratios are PGM's advantage, measured and by counted operations.
    /// </summary>
    internal sealed record SpeedPart(
        int Batch, double PgmImagesPerSecond, double MaskGitImagesPerSecond, double Ratio, double CountedRatio);

    /// <summary>Absolute paths.</summary>
    internal sealed record ArtifactsPart(string Grid, string LossCurve, string Checkpoint);
}
