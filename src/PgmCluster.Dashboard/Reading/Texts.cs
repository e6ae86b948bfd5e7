using System.Globalization;
using PgmCluster.Api.Jobs;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Dashboard.Reading;

/// <summary>Numbers and times as pages say them.</summary>
internal static class Texts
{
    /// <summary>What stands where there is nothing to say.</summary>
    public const string None = "–";

    /// <summary>Where a job's page is: "runs/new" begins one, so that one of that id is at its other address.</summary>
    public static string RunAddress(string id) => id == "new" ? "jobs/new" : $"runs/{id}";

    /// <summary>Where a data set's page is.</summary>
    public static string DatasetAddress(string name) => $"datasets/{Uri.EscapeDataString(name)}";

    /// <summary>Exactly which pictures, in words.</summary>
    public static string Images(ImageSet images) => $"{Count(images.Count)} pictures of {images.Dataset}, split {images.Split}";

    /// <summary>A kind or a phase, as addresses and the API have it.</summary>
    public static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>A length of time in its two largest units.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } => $"{(int)span.TotalDays} d {span.Hours} h",
        { TotalHours: >= 1 } => $"{(int)span.TotalHours} h {span.Minutes} min",
        { TotalMinutes: >= 1 } => $"{(int)span.TotalMinutes} min {span.Seconds} s",
        _ => $"{Math.Max(0, (int)span.TotalSeconds)} s",
    };

    /// <summary>How long a job still takes at its present rate; null where that cannot be said.</summary>
    public static TimeSpan? Left(JobView job)
    {
        if (job.Phase != JobPhase.Running || job.Progress is not { UnitsPerSecond: { } rate, Total: > 0 } progress || rate <= 0) return null;
        var seconds = (progress.Total - progress.Done) / rate;
        return seconds < 1e9 ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>A moment, UTC.</summary>
    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A number with four digits that matter.</summary>
    public static string Number(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? None;

    /// <summary>A count with its groups set apart.</summary>
    public static string Count(long value) =>
        value.ToString("#,0", CultureInfo.InvariantCulture).Replace(",", "\u202f", StringComparison.Ordinal);

    /// <summary>How far a job is, in words.</summary>
    public static string Progress(JobProgress? progress) => progress switch
    {
        null or { Total: 0, Done: 0 } => None,
        { Total: 0 } => $"{Count(progress.Done)} {Units(progress, progress.Done)}",
        _ => $"{Count(progress.Done)} of {Count(progress.Total)} {Units(progress, progress.Total)}",
    };

    /// <summary>How far a job is, 0 to 100; null where its end is not known.</summary>
    public static double? Percent(JobProgress? progress) =>
        progress is { Total: > 0 } ? Math.Clamp(100d * progress.Done / progress.Total, 0, 100) : null;

    /// <summary>Bytes, in the unit that fits.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        0 => None,
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.#} GiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.#} MiB"),
    };

    private static string Units(JobProgress progress, long count) =>
        progress.Unit.Length == 0 || count == 1 ? progress.Unit : progress.Unit + "s";
}
