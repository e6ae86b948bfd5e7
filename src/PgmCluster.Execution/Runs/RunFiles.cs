using System.Globalization;

namespace PgmCluster.Execution.Runs;

/// <summary>Names of a training run's artifacts.</summary>
public static class RunFiles
{
    public static string CheckpointFolder(string runId, long step, long generation) =>
        string.Create(CultureInfo.InvariantCulture, $"runs/{runId}/checkpoints/step-{step:00000000}-g{generation}/");

    public static string Checkpoints(string runId) => $"runs/{runId}/checkpoints/";

    /// <summary>Whether an artifact belongs to a checkpoint of any run.</summary>
    public static bool IsCheckpoint(string name) =>
        name.Split('/') is ["runs", _, "checkpoints", ..];

    /// <summary>The step of the checkpoint that an artifact belongs to; null where it belongs to none.</summary>
    public static long? CheckpointStep(string runId, string name)
    {
        var prefix = Checkpoints(runId) + "step-";
        if (!name.StartsWith(prefix, StringComparison.Ordinal)) return null;
        var digits = name[prefix.Length..].TakeWhile(char.IsAsciiDigit).ToArray();
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;
    }

    /// <summary>A segment of the metrics, of successive steps. Ordinal order is that of generations and steps.</summary>
    public static string Metrics(string runId, long generation, long first, long last) => string.Create(
        CultureInfo.InvariantCulture,
        $"{MetricsFolder(runId)}generation-{generation:00000000}/steps-{first:0000000000}-{last:0000000000}.jsonl");

    public static string MetricsFolder(string runId) => $"runs/{runId}/metrics/";

    public static string Weights(string runId) => $"runs/{runId}/weights.safetensors";

    public static string Samples(string runId, long step) =>
        string.Create(CultureInfo.InvariantCulture, $"{SamplesFolder(runId)}step-{step:00000000}.png");

    /// <summary>Ordinal order of the names in it is that of the steps.</summary>
    public static string SamplesFolder(string runId) => $"runs/{runId}/samples/";

    /// <summary>The step after which a grid was made; null where an artifact is none of the run's.</summary>
    public static long? SamplesStep(string runId, string name)
    {
        const string ending = ".png";
        var prefix = SamplesFolder(runId) + "step-";
        return name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(ending, StringComparison.Ordinal)
            && long.TryParse(name[prefix.Length..^ending.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
                ? step
                : null;
    }

    public static string LossCurve(string runId) => $"runs/{runId}/loss.png";
}
