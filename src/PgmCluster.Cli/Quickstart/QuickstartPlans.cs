using PgmCluster.Cli.Errors;
using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Cli.Quickstart;

/// <summary>The plans by name.</summary>
internal static class QuickstartPlans
{
    public static readonly QuickstartPlan Demo = new()
    {
        Preset = "demo",
        ClassifierPreset = "classifier-fashion",
        TokenizerPreset = "tokenizer-fashion",
        PgmPreset = "pgm-fashion",
        MaskGitPreset = "maskgit-fashion",
        SpeedBatch = 50,
        EvaluationImages = 1000,
        EvaluationChunkSize = 250,
        Sampling = new SamplingSettings { Steps = 16, Guidance = 2 },
        RequiredMegabytes = 500,
    };

    public static readonly QuickstartPlan Smoke = new()
    {
        Preset = "smoke",
        ClassifierPreset = "classifier-smoke",
        TokenizerPreset = "tokenizer-smoke",
        PgmPreset = "pgm-smoke",
        MaskGitPreset = "maskgit-smoke",
        SpeedBatch = 4,
        EvaluationImages = 200,
        EvaluationChunkSize = 100,
        Sampling = new SamplingSettings { Steps = 8, Guidance = 1 },
        RequiredMegabytes = 100,
    };

    public static readonly IReadOnlyList<QuickstartPlan> All = [Demo, Smoke];

    /// <exception cref="UsageException">No such plan; the message gives the nearest name.</exception>
    public static QuickstartPlan Find(string preset)
    {
        var names = All.Select(p => p.Preset).ToList();
        return All.FirstOrDefault(p => p.Preset == preset)
            ?? throw new UsageException(
                $"'{preset}' is not a preset of quickstart{NearestName.Hint(preset, names)} Use --preset {string.Join(" or ", names)}.");
    }
}
