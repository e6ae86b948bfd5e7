namespace PgmCluster.Cli.Quickstart;

/// <summary>
/// What <c>summary.json</c> holds. Other programs read it: names and structure are fixed; what is of <c>--compare</c> only is null without
/// it.
/// </summary>
/// <param name="Preset">The quickstart's preset.</param>
/// <param name="Seed">Of every draw.</param>
/// <param name="Stages">What was done, in order.</param>
/// <param name="Dataset">The pictures.</param>
/// <param name="Tokenizer">The codes.</param>
/// <param name="Training">The model's training.</param>
/// <param name="Evaluation">The model's scores.</param>
/// <param name="Baseline">With <c>--compare</c>: MaskGIT.</param>
/// <param name="Speed">With <c>--compare</c>: sampling with PGM and with MaskGIT.</param>
/// <param name="Artifacts">Absolute paths.</param>
/// <param name="Kind">The model's kind: "pgm-once".</param>
/// <param name="CpuSeconds">Processor time of all stages, user and system, over all starts of the program.</param>
/// <param name="Sampling">How pictures are drawn, and how fast.</param>
/// <param name="Compared">With <c>--compare</c>: the model and the baselines side by side.</param>
internal sealed record QuickstartSummary(
    string Preset,
    long Seed,
    IReadOnlyList<QuickstartSummary.Stage> Stages,
    QuickstartSummary.DatasetPart Dataset,
    QuickstartSummary.TokenizerPart Tokenizer,
    QuickstartSummary.TrainingPart Training,
    QuickstartSummary.EvaluationPart Evaluation,
    QuickstartSummary.BaselinePart? Baseline,
    QuickstartSummary.SpeedPart? Speed,
    QuickstartSummary.ArtifactsPart Artifacts,
    string Kind,
    double CpuSeconds,
    QuickstartSummary.SamplingPart Sampling,
    IReadOnlyList<QuickstartSummary.ModelPart>? Compared)
{
    /// <param name="Name">One of <see cref="QuickstartStages"/>.</param>
    /// <param name="Seconds">Time in which it ran, over all starts of the program.</param>
    /// <param name="CpuSeconds">Processor time of the program in it, user and system.</param>
    internal sealed record Stage(string Name, double Seconds, double CpuSeconds);

    internal sealed record DatasetPart(string Name, int Images, int Classes);

    internal sealed record TokenizerPart(int Codebook, int CodesUsed, double ReconstructionMse);

    internal sealed record TrainingPart(long Steps, double FinalLoss, long Parameters, string WeightsSha256);

    /// <summary>
    /// Bits per token are of the held-out images, exact under the sampler's order and steps, with their standard error over the images.
    /// </summary>
    internal sealed record EvaluationPart(
        double ClassifierAccuracyReal,
        double ClassAccuracyReconstructed,
        double ClassAccuracyGenerated,
        double FrechetReal,
        double FrechetReconstructed,
        double FrechetGenerated,
        double BitsPerToken,
        double? BitsStandardError);

    internal sealed record BaselinePart(
        long Steps, double FinalLoss, long Parameters, string WeightsSha256, double? ClassAccuracyGenerated, double FrechetGenerated);

    /// <summary>
    /// Sampling throughput of both, tokens only, measured in turns; the ratios are PGM's advantage, measured and by counted operations.
    /// </summary>
    internal sealed record SpeedPart(
        int Batch, double PgmImagesPerSecond, double MaskGitImagesPerSecond, double Ratio, double CountedRatio);

    /// <param name="Sampler">"halton".</param>
    /// <param name="Steps">In which the tokens are revealed.</param>
    /// <param name="Guidance">The weight in its last step.</param>
    /// <param name="Batch">Images at once when speed was measured.</param>
    /// <param name="ImagesPerSecond">Tokens only, without the tokenizer's decoder.</param>
    /// <param name="GigaOperationsPerImage">Counted, in 10^9.</param>
    internal sealed record SamplingPart(
        string Sampler, int Steps, double Guidance, int Batch, double ImagesPerSecond, double GigaOperationsPerImage);

    /// <summary>Precision and so on are of all images at once.</summary>
    internal sealed record ModelPart(
        string Kind,
        string Preset,
        long Steps,
        long Parameters,
        double FinalLoss,
        string WeightsSha256,
        double TrainingSeconds,
        double TrainingCpuSeconds,
        double Guidance,
        double? ClassAccuracyGenerated,
        double FrechetGenerated,
        double? Precision,
        double? Recall,
        double? Density,
        double? Coverage,
        double BitsPerToken,
        double? BitsStandardError,
        double ImagesPerSecond,
        double GigaOperationsPerImage);

    internal sealed record ArtifactsPart(string Grid, string LossCurve, string Checkpoint);
}
