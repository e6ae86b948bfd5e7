using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Grains.Sampling;

/// <summary>Checks and completes sampling settings, and turns them into those of the work items.</summary>
public static class SamplingSettingsMapping
{
    private const int MaxThreads = 1024;

    /// <summary>Records what the request left open: a default that differs between machines must not change results later.</summary>
    /// <exception cref="InvalidRequestException">A value is out of range.</exception>
    /// <param name="settings">As asked for.</param>
    /// <param name="modelKind">"pgm", "pgm-once" or "maskgit".</param>
    public static SamplingSettings Complete(this SamplingSettings settings, string modelKind)
    {
        RequireOneOf("sampler", settings.Sampler, SamplerNames.All);
        RequireOneOf("curve", settings.Curve, CurveNames.All);
        RequireOneOf("guidance schedule", settings.GuidanceSchedule, GuidanceScheduleNames.All);
        RequireOneOf("precision", settings.Precision, PrecisionNames.All);
        if (settings.Steps < 1) throw Bad("steps", settings.Steps, "1 or more");
        if (settings.BatchSize < 1) throw Bad("batch size", settings.BatchSize, "1 or more");
        if (!double.IsFinite(settings.Guidance) || settings.Guidance < 0) throw Bad("guidance", settings.Guidance, "0 or more");
        foreach (var scale in new[] { settings.LogitScale, settings.LogitScaleEnd ?? settings.LogitScale })
        {
            if (!double.IsFinite(scale) || scale <= 0) throw Bad("logit scale", scale, "more than 0");
        }
        if (settings.WarmUpSteps < 0) throw Bad("warm-up", settings.WarmUpSteps, "0 or more steps");
        if (settings.TopK < 0) throw Bad("top-k", settings.TopK, "0 (all codes) or more");
        if (!double.IsFinite(settings.ConfidenceNoise) || settings.ConfidenceNoise < 0)
            throw Bad("confidence noise", settings.ConfidenceNoise, "0 or more");
        return settings with
        {
            Threads = CompleteThreads(settings.Threads),
            GuidanceSchedule = settings.GuidanceSchedule != GuidanceScheduleNames.Auto ? settings.GuidanceSchedule
                : modelKind == "maskgit" && settings.Sampler == SamplerNames.Halton ? GuidanceScheduleNames.Constant
                : GuidanceScheduleNames.Linear,
            LogitScaleEnd = settings.LogitScaleEnd ?? settings.LogitScale,
        };
    }

    /// <exception cref="InvalidRequestException">Out of range.</exception>
    public static int CompleteThreads(int threads) => threads switch
    {
        0 => NativeRuntime.DefaultThreads,
        < 0 or > MaxThreads => throw Bad("threads", threads, $"0 (the default) to {MaxThreads}"),
        _ => threads,
    };

    public static SamplerSettings ToSampler(this SamplingSettings settings) => new()
    {
        Sampler = Enum.Parse<RevealMethod>(settings.Sampler, ignoreCase: true),
        Steps = settings.Steps,
        Guidance = settings.Guidance,
        GuidanceSchedule = Enum.Parse<GuidanceSchedule>(settings.GuidanceSchedule, ignoreCase: true),
        LogitScale = settings.LogitScale,
        RandomizeOrder = settings.RandomizeOrder,
        BatchSize = settings.BatchSize,
        Threads = settings.Threads,
        UseEma = settings.UseEma,
        LogitScaleEnd = settings.LogitScaleEnd,
        WarmUpSteps = settings.WarmUpSteps,
        TopK = settings.TopK,
        Curve = Enum.Parse<MaskingSchedule>(settings.Curve, ignoreCase: true),
        ConfidenceNoise = settings.ConfidenceNoise,
        CompatReference = settings.CompatReference,
        Precision = settings.Precision,
    };

    private static void RequireOneOf(string what, string name, IReadOnlyList<string> names)
    {
        if (!names.Contains(name)) throw Bad(what, $"'{name}'", $"{string.Join(", ", names)}. The nearest is '{Nearest.Of(name, names)}'");
    }

    private static InvalidRequestException Bad(string what, object found, string allowed) =>
        new($"The {what} is {found}; allowed: {allowed}.");
}
