using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Study.Plans;

/// <summary>The plans by name.</summary>
internal static class StudyPlans
{
    public const string MaskGit = "maskgit", Pgm = "pgm", Once = "once";

    /// <summary>
    /// 1.48 million parameters each. At this width MaskGIT's MLPs come out half as large again as their nominal size, for theirs is rounded
    /// up to a multiple of 256: the others' are made larger by a quarter, and its width is made a little smaller.
    /// </summary>
    public static readonly StudyPlan Fashion = new()
    {
        Preset = "fashion",
        Judge = "classifier-fashion",
        Grid = new("tokenizer-fashion", StudyOverrides.None, Side: 7, Codebook: 256),
        Models =
        [
            new(MaskGit, "maskgit-fashion", StudyOverrides.Of(("model.hidden", "126"))),
            new(Pgm, "pgm-fashion", StudyOverrides.Of(("model.mlpRatio", "5"))),
            new(Once, "pgm-once-fashion", StudyOverrides.Of(("model.mlpRatio", "5"))),
        ],
        LearningRates = [1.25e-3, 2.5e-3, 5e-3],
        Guidance = [0, 0.5, 1, 1.5, 2, 3, 4],
        LogitScales = [0.9, 1, 1.1],
        Steps = 16,
        OtherSteps = [8, 32, 49],
        ReportSeeds = [2, 3, 4],
        Images = 1000,
        ChunkSize = 250,
        SpeedBatches = [1, 50],
        FewGuidances = [1, 2, 3],
        Ablations = StudyAblations.Fashion,
        Length = new(
            new("tokenizer-fashion", StudyOverrides.Of(("model.patchSize", "2")), Side: 14, Codebook: 256),
            Steps: 32, SpeedSteps: [16, 32, 64],
            new Dictionary<string, IReadOnlyDictionary<string, string>> { [Once] = StudyOverrides.Of(("orders.steps", "32")) }),
        RequiredMegabytes = 4000,
    };

    /// <summary>Every kind of job once or twice, with tiny models that learn nothing worth comparing.</summary>
    public static readonly StudyPlan Smoke = new()
    {
        Preset = "smoke",
        Judge = "classifier-smoke",
        Grid = new("tokenizer-smoke", StudyOverrides.None, Side: 7, Codebook: 64),
        Models =
        [
            new(MaskGit, "maskgit-smoke", StudyOverrides.Of(("model.depth", "1"), ("model.hidden", "36"), ("model.registers", "20"))),
            new(Pgm, "pgm-smoke", StudyOverrides.None),
            new(Once, "pgm-once-smoke", StudyOverrides.None),
        ],
        Training = StudyOverrides.Of(("training.steps", "30")),
        LearningRates = [2e-3],
        Guidance = [0, 1],
        LogitScales = [1, 1.1],
        Steps = 4,
        OtherSteps = [8],
        ReportSeeds = [2, 3],
        Images = 100,
        ChunkSize = 50,
        SpeedBatches = [4],
        FewGuidances = [1],
        Ablations = StudyAblations.Smoke,
        Length = new(
            new("tokenizer-smoke", StudyOverrides.Of(("model.channelMultipliers", "[1,1]")), Side: 14, Codebook: 64), Steps: 8,
            SpeedSteps: [8],
            new Dictionary<string, IReadOnlyDictionary<string, string>>
            {
                [MaskGit] = StudyOverrides.Of(("model.hidden", "33"), ("model.registers", "36")),
                [Once] = StudyOverrides.Of(("orders.steps", "8")),
            }),
        RequiredMegabytes = 200,
    };

    public static readonly IReadOnlyList<StudyPlan> All = [Fashion, Smoke];

    /// <exception cref="UsageException">No such plan; the message gives the nearest name.</exception>
    public static StudyPlan Find(string preset)
    {
        var names = All.Select(p => p.Preset).ToList();
        return All.FirstOrDefault(p => p.Preset == preset)
            ?? throw new UsageException(
                $"'{preset}' is not a preset of study{NearestName.Hint(preset, names)} Use --preset {string.Join(" or ", names)}.");
    }
}
