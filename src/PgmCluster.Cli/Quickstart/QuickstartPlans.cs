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
        // Each is drawn with the guidance of its lowest distance (deploy/docs/quickstart.md): one for all would favour one of them.
        Model = Model("pgm-once-fashion", Sampling(16, 3)),
        Baselines = [Pgm("pgm-fashion", Sampling(16, 2)), MaskGit("maskgit-fashion", Sampling(16, 1))],
        ModelSteps = 950,
        PictureSteps = 50,
        SpeedBatch = 50,
        EvaluationImages = 1000,
        EvaluationChunkSize = 250,
        RequiredMegabytes = 500,
        Costs = new Dictionary<string, double>
        {
            [QuickstartStages.Dataset] = 1,
            [QuickstartStages.Classifier] = 32,
            [QuickstartStages.Tokenizer] = 73,
            [QuickstartStages.Tokenize] = 5,
            [QuickstartStages.Model] = 109,
            [QuickstartStages.Sample] = 1,
            [QuickstartStages.Evaluate] = 14,
            [QuickstartStages.Speed] = 1,
            [QuickstartStages.Pgm] = 101,
            [QuickstartStages.EvaluatePgm] = 20,
            [QuickstartStages.MaskGit] = 111,
            [QuickstartStages.EvaluateMaskGit] = 40,
            [QuickstartStages.CompareSpeed] = 6,
        },
    };

    public static readonly QuickstartPlan Smoke = new()
    {
        Preset = "smoke",
        ClassifierPreset = "classifier-smoke",
        TokenizerPreset = "tokenizer-smoke",
        Model = Model("pgm-once-smoke", Sampling(16, 1)),
        Baselines = [Pgm("pgm-smoke", Sampling(16, 1)), MaskGit("maskgit-smoke", Sampling(16, 1))],
        ModelSteps = 150,
        PictureSteps = 50,
        SpeedBatch = 4,
        EvaluationImages = 200,
        EvaluationChunkSize = 100,
        RequiredMegabytes = 100,
        Costs = new Dictionary<string, double>
        {
            [QuickstartStages.Dataset] = 1,
            [QuickstartStages.Classifier] = 2.3,
            [QuickstartStages.Tokenizer] = 4,
            [QuickstartStages.Tokenize] = 3.7,
            [QuickstartStages.Model] = 4.2,
            [QuickstartStages.Sample] = 0.3,
            [QuickstartStages.Evaluate] = 4.5,
            [QuickstartStages.Speed] = 0.1,
            [QuickstartStages.Pgm] = 3.3,
            [QuickstartStages.EvaluatePgm] = 2.7,
            [QuickstartStages.MaskGit] = 3.4,
            [QuickstartStages.EvaluateMaskGit] = 3,
            [QuickstartStages.CompareSpeed] = 0.2,
        },
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

    private static SamplingSettings Sampling(int steps, double guidance) => new() { Steps = steps, Guidance = guidance };

    private static QuickstartModel Model(string preset, SamplingSettings sampling) =>
        new(QuickstartStages.Model, QuickstartStages.Evaluate, preset, sampling);

    private static QuickstartModel Pgm(string preset, SamplingSettings sampling) =>
        new(QuickstartStages.Pgm, QuickstartStages.EvaluatePgm, preset, sampling);

    private static QuickstartModel MaskGit(string preset, SamplingSettings sampling) =>
        new(QuickstartStages.MaskGit, QuickstartStages.EvaluateMaskGit, preset, sampling);
}
