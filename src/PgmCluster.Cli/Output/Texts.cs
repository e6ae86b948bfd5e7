using System.Globalization;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Output;

/// <summary>Figures in words, the same wherever they are shown.</summary>
internal static class Texts
{
    private const string Byte = "byte";
    private const int LongestId = 48;

    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>An id in a table, where one of a hundred letters would make all rows too wide: its middle is left out.</summary>
    public static string Id(string id) => id.Length <= LongestId ? id : $"{id[..(LongestId - 19)]}...{id[^16..]}";

    /// <summary>"0:03 ago"; "-" where it is not known.</summary>
    public static string Ago(double? seconds) => seconds is { } known ? $"{Duration(known)} ago" : "-";

    /// <summary>"0:35", "12:05", "1:02:00".</summary>
    public static string Duration(double seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Clamp(Math.Round(seconds), 0, 1e8));
        return span.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{span.Minutes}:{span.Seconds:00}");
    }

    /// <summary>"about 3:20 left of all stages".</summary>
    public static string LeftOfAll(TimeSpan left) => $"about {Duration(left.TotalSeconds)} left of all stages";

    /// <summary>"950 bytes", "4.25 MB", "138 GB": three digits.</summary>
    public static string Bytes(double count)
    {
        var (unit, name) = count switch
        {
            >= 1e12 => (1e12, "TB"),
            >= 1e9 => (1e9, "GB"),
            >= 1e6 => (1e6, "MB"),
            >= 1e3 => (1e3, "kB"),
            _ => (1, "bytes"),
        };
        var value = count / unit;
        var digits = unit == 1 || value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00";
        return $"{value.ToString(digits, CultureInfo.InvariantCulture)} {name}";
    }

    /// <summary>"step 120/900 (13 %)", "1.20 MB of 95.6 MB (1 %)", or "" where nothing is known.</summary>
    public static string Done(JobProgress progress)
    {
        if (progress.Unit == Byte)
        {
            if (progress.Total <= 0) return progress.Done > 0 ? Bytes(progress.Done) : "";
            return $"{Bytes(progress.Done)} of {Bytes(progress.Total)} ({(long)(100.0 * progress.Done / progress.Total)} %)";
        }
        if (progress.Total <= 0) return progress.Done > 0 ? $"{progress.Unit} {progress.Done}" : "";
        return $"{progress.Unit} {progress.Done}/{progress.Total} ({100 * progress.Done / progress.Total} %)";
    }

    /// <summary>Rate, time left and loss, as far as known: "22.1 steps/s, 0:35 left, loss 0.0432".</summary>
    public static string Rate(JobProgress progress)
    {
        var parts = new List<string>();
        if (progress.UnitsPerSecond is > 0 and var rate)
        {
            parts.Add(progress.Unit == Byte
                ? $"{Bytes(rate)}/s"
                : $"{Rate(rate)} {progress.Unit}s/s");
            if (progress.Total > progress.Done) parts.Add($"{Duration((progress.Total - progress.Done) / rate)} left");
        }
        if (progress.Loss is { } loss) parts.Add(string.Create(CultureInfo.InvariantCulture, $"loss {loss:G4}"));
        if (progress.ValidationLoss is { } validation)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"validation loss {validation:G4}"));
        return string.Join(", ", parts);
    }

    /// <summary>"0.0213", "22.1", "213", "1,812".</summary>
    public static string Rate(double perSecond) => perSecond.ToString(perSecond >= 100 ? "N0" : "G3", CultureInfo.InvariantCulture);

    /// <summary>Everything known about an event, in one line.</summary>
    public static string Event(JobEvent e)
    {
        var parts = new List<string>();
        if (e.Phase != JobPhase.Running) parts.Add(e.Phase.ToString().ToLowerInvariant());
        if (Done(e.Progress) is { Length: > 0 } done) parts.Add(done);
        if (e.Phase == JobPhase.Running && Rate(e.Progress) is { Length: > 0 } rate) parts.Add(rate);
        if (!string.IsNullOrWhiteSpace(e.Message)) parts.Add(e.Message.Trim());
        return parts.Count > 0 ? string.Join(", ", parts) : "running";
    }

    /// <summary>Labels as they are given, in the order of their keys: "by=ann, project=shoes"; empty for none.</summary>
    public static string Labels(IReadOnlyDictionary<string, string>? labels) => labels is null
        ? ""
        : string.Join(", ", labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));
}
