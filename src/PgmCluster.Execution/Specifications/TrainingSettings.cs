using PgmCluster.Modeling.Masking;

namespace PgmCluster.Execution.Specifications;

/// <summary>How a model is trained.</summary>
public sealed record TrainingSettings
{
    /// <summary>Optimizer steps.</summary>
    public long Steps { get; init; } = 100_000;

    /// <summary>Examples per step, over all workers.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>
    /// Logical micro-batches V per step, a power of two: the leaves of the canonical sum. Also the greatest number of workers.
    /// </summary>
    public int MicroBatches { get; init; } = 16;

    /// <summary>Examples of one micro-batch.</summary>
    internal int PerMicroBatch => BatchSize / Math.Max(1, MicroBatches);

    /// <summary>
    /// How several devices add up their gradients. "exact": in the canonical order, so that no bit depends on how many they are.
    /// "exact-nccl": the same additions, on CUDA devices, between which NVIDIA's library moves the sums. "nccl": as that library adds; the
    /// bits are not reproducible then, and <see cref="NumericsSettings.Exactness"/> must say so.
    /// </summary>
    public string Exchange { get; init; } = "exact";

    /// <summary>True where <see cref="Exchange"/> is "exact-nccl" or "nccl".</summary>
    public bool UsesNccl => Exchange is "nccl" or "exact-nccl";

    /// <summary>True where gradients are added in the canonical order.</summary>
    internal bool AddsInOrder => Exchange != "nccl";

    /// <summary>AdamW's rate behind the warm-up and before the decay.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Steps of linear warm-up.</summary>
    public int WarmUp { get; init; } = 2500;

    /// <summary>Share of the steps at the end over which the rate decays.</summary>
    public double DecayShare { get; init; } = 0.1;

    /// <summary>AdamW's decay of the mean gradient.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay of the mean squared gradient.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's decay of the weights themselves.</summary>
    public double WeightDecay { get; init; } = 0.03;

    /// <summary>Limit of the gradient's L2 norm.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Decay of the averaged weights; 0 for none.</summary>
    public double EmaDecay { get; init; }

    /// <summary>Probability that a label is replaced by "dropped". For pgm.</summary>
    public double LabelDrop { get; init; } = 0.1;

    /// <summary>Curve of the partition draw. For pgm.</summary>
    public MaskingSchedule Masking { get; init; } = MaskingSchedule.Arccos;

    /// <summary>
    /// Keep only the inputs of a model's blocks and compute the blocks again going backward: memory of one block instead of all, about a
    /// third more work, the same bits. For pgm and maskgit.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>Steps between restarts of codes that were not used since the last one; 0 for never. For tokenizers.</summary>
    public int CodeRestartSteps { get; init; }

    /// <summary>Examples that are not trained on but validated with.</summary>
    public int ValidationExamples { get; init; }

    /// <summary>
    /// Which they are. "drawn": by the run's seed, from every class in its share. "end": the last ones of the data, as in specifications
    /// that do not say.
    /// </summary>
    public string ValidationSplit { get; init; } = "end";

    /// <summary>True where <see cref="ValidationSplit"/> is "drawn".</summary>
    public bool DrawsValidation => ValidationSplit == "drawn";

    /// <summary>Steps between validations; 0 for never. Changes no weight.</summary>
    public int ValidationSteps { get; init; }

    /// <summary>
    /// Steps between pictures of how far the run is: samples, or reconstructions beside their originals; 0 for never. Changes no weight.
    /// </summary>
    public int SampleSteps { get; init; }

    /// <summary>Seconds between checkpoints. Does not change any number.</summary>
    public double CheckpointSeconds { get; init; } = 60;

    /// <summary>Every problem at once, one line each; empty if there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Steps < 1) problems.Add($"steps = {Steps}: must be at least 1.");
        if (BatchSize < 1) problems.Add($"batchSize = {BatchSize}: must be at least 1.");
        if (MicroBatches < 1 || (MicroBatches & (MicroBatches - 1)) != 0)
            problems.Add($"microBatches = {MicroBatches}: must be a power of two.");
        else if (BatchSize % MicroBatches != 0) problems.Add($"microBatches = {MicroBatches}: must divide batchSize = {BatchSize}.");
        if (Exchange is not ("exact" or "exact-nccl" or "nccl"))
            problems.Add($"exchange = '{Exchange}': must be exact, exact-nccl or nccl.");
        if (LearningRate is <= 0 or > 10) problems.Add($"learningRate = {LearningRate}: must be above 0 and at most 10.");
        if (WarmUp < 0) problems.Add($"warmUp = {WarmUp}: must not be negative.");
        if (DecayShare is < 0 or > 1) problems.Add($"decayShare = {DecayShare}: must be between 0 and 1.");
        if (Beta1 is < 0 or >= 1) problems.Add($"beta1 = {Beta1}: must be at least 0 and below 1.");
        if (Beta2 is < 0 or >= 1) problems.Add($"beta2 = {Beta2}: must be at least 0 and below 1.");
        if (WeightDecay < 0) problems.Add($"weightDecay = {WeightDecay}: must not be negative.");
        if (ClipNorm <= 0) problems.Add($"clipNorm = {ClipNorm}: must be above 0.");
        if (EmaDecay is < 0 or >= 1) problems.Add($"emaDecay = {EmaDecay}: must be at least 0 and below 1.");
        if (LabelDrop is < 0 or > 1) problems.Add($"labelDrop = {LabelDrop}: must be between 0 and 1.");
        if (CodeRestartSteps < 0) problems.Add($"codeRestartSteps = {CodeRestartSteps}: must not be negative.");
        if (ValidationExamples < 0) problems.Add($"validationExamples = {ValidationExamples}: must not be negative.");
        if (ValidationSplit is not ("drawn" or "end")) problems.Add($"validationSplit = '{ValidationSplit}': must be drawn or end.");
        if (ValidationSteps < 0) problems.Add($"validationSteps = {ValidationSteps}: must not be negative.");
        else if (ValidationSteps > 0 && ValidationExamples == 0)
            problems.Add($"validationSteps = {ValidationSteps}: needs validationExamples above 0.");
        if (SampleSteps < 0) problems.Add($"sampleSteps = {SampleSteps}: must not be negative.");
        if (CheckpointSeconds <= 0) problems.Add($"checkpointSeconds = {CheckpointSeconds}: must be above 0.");
        return problems;
    }
}
