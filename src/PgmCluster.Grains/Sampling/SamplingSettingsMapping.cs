using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Execution.Sampling;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Grains.Sampling;

/// <summary>Checks and completes sampling settings, and turns them into those of the work items.</summary>
internal static class SamplingSettingsMapping
{
    private const int MaxThreads = 1024;

    /// <summary>Records what the request left open: a default that differs between machines must not change results later.</summary>
    /// <exception cref="InvalidRequestException">A value is out of range.</exception>
    public static SamplingSettings Complete(this SamplingSettings settings)
    {
        if (settings.Sampler != "halton") throw Bad("sampler", $"'{settings.Sampler}'", "halton");
        if (settings.GuidanceSchedule is not ("linear" or "constant")) throw Bad("guidance schedule", $"'{settings.GuidanceSchedule}'", "linear, constant");
        if (settings.Steps < 1) throw Bad("steps", settings.Steps, "1 or more");
        if (settings.BatchSize < 1) throw Bad("batch size", settings.BatchSize, "1 or more");
        if (!double.IsFinite(settings.Guidance) || settings.Guidance < 0) throw Bad("guidance", settings.Guidance, "0 or more");
        if (!double.IsFinite(settings.LogitScale) || settings.LogitScale <= 0) throw Bad("logit scale", settings.LogitScale, "more than 0");
        return settings with { Threads = CompleteThreads(settings.Threads) };
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
        Sampler = settings.Sampler,
        Steps = settings.Steps,
        Guidance = settings.Guidance,
        GuidanceSchedule = settings.GuidanceSchedule,
        LogitScale = settings.LogitScale,
        RandomizeOrder = settings.RandomizeOrder,
        BatchSize = settings.BatchSize,
        Threads = settings.Threads,
        UseEma = settings.UseEma,
    };

    private static InvalidRequestException Bad(string what, object found, string allowed) =>
        new($"The {what} is {found}; allowed: {allowed}.");
}
