namespace PgmCluster.Cli.Study.Plans;

/// <summary>What is changed, one thing at a time.</summary>
internal static class StudyAblations
{
    private static readonly (string, string)[] AnyNumber = [("orders.fewestBlocks", "4"), ("orders.mostBlocks", "49")];

    private static readonly (string, string)[] Mixed = [("orders.rolled", "1"), ("orders.random", "1"), .. AnyNumber];

    private static readonly (string, string)[] Random = [("orders.sampler", "0"), ("orders.random", "1"), .. AnyNumber];

    private static readonly (string, string)[] Annealed = [("orders.annealFrom", "0.5"), ("orders.annealTo", "0.8")];

    private const string ByRowAndColumn = "rotary embedding by row and column";

    private static readonly IReadOnlyDictionary<string, string> Columns = StudyOverrides.Of(("model.rotaryColumns", "7"));

    public static readonly IReadOnlyList<StudyAblation> Fashion =
    [
        Once("rolled orders", ("orders.sampler", "0"), ("orders.rolled", "1")),
        Once("random orders, 16 blocks", ("orders.sampler", "0"), ("orders.random", "1")),
        Once("random orders, 4 to 49 blocks", Random),
        Once("random orders, annealed to the sampler's", [.. Random, .. Annealed]),
        Once("a third each of the sampler's, rolled and random orders", Mixed),
        Once("a third each, annealed to the sampler's", [.. Mixed, .. Annealed]),
        Once("a third each, block sizes drawn", [.. Mixed, ("orders.blockSizes", "random")]),
        Once("queries see their block (decoder interleaved)", ("model.decoderLayout", "interleave")),
        Once("one projection to keys and values for all cross blocks", ("model.crossKeyValues", "shared")),
        new(ByRowAndColumn, StudyPlans.Once, Columns), new(ByRowAndColumn, StudyPlans.Pgm, Columns),
        .. Curves("cosine"), .. Curves("linear"), .. Curves("square"),
        TrainedFor(8), TrainedFor(32), TrainedFor(49),
    ];

    public static readonly IReadOnlyList<StudyAblation> Smoke = [Once("random orders", Random[..2]), Sampled(StudyPlans.Pgm, "linear")];

    private static StudyAblation Once(string name, params (string, string)[] set) => new(name, StudyPlans.Once, StudyOverrides.Of(set));

    private static StudyAblation TrainedFor(int steps) =>
        new($"trained for {steps} steps", StudyPlans.Once, StudyOverrides.Of(("orders.steps", $"{steps}")), Steps: steps);

    /// <summary>Only a block-causal model is trained for the sampler's curve.</summary>
    private static IEnumerable<StudyAblation> Curves(string curve) =>
    [
        new($"tokens revealed by the {curve} curve", StudyPlans.Once, StudyOverrides.Of(("orders.curve", curve)), curve),
        Sampled(StudyPlans.Pgm, curve), Sampled(StudyPlans.MaskGit, curve),
    ];

    private static StudyAblation Sampled(string model, string curve) =>
        new($"tokens revealed by the {curve} curve", model, StudyOverrides.Of(), curve);
}
