using System.Globalization;
using System.Text;
using System.Text.Json;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Runs;

/// <summary>
/// Metrics of every step, one JSON line each, in a file per generation that is only appended to. Reading takes each step once, from the
/// newest generation that has it, so a step that was repeated after a loss counts once.
/// </summary>
public sealed class StepMetricsLog : IDisposable
{
    private readonly FileStream _file;
    private readonly List<StepMetrics> _unwritten = [];
    private bool _isTorn;

    public StepMetricsLog(IArtifactStore store, string runId, long generation)
    {
        var path = store.LocalPath(RunFiles.Metrics(runId, generation));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
    }

    /// <summary>Appends; the line is the operating system's when the call returns, so a killed process loses nothing. What a full disk does not take is kept for the next call.</summary>
    public void Add(StepMetrics metrics)
    {
        _unwritten.Add(metrics);
        var lines = string.Concat(_unwritten.Select(m => JsonSerializer.Serialize(m, WorkJson.Options) + "\n"));
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(_isTorn ? "\n" + lines : lines));
            _file.Flush();
            _unwritten.Clear();
            _isTorn = false;
        }
        catch (IOException)
        {
            _isTorn = true;
        }
    }

    /// <summary>All steps of a run in order.</summary>
    public static IReadOnlyList<StepMetrics> Read(IArtifactStore store, string runId)
    {
        var steps = new SortedDictionary<long, StepMetrics>();
        foreach (var name in store.List(RunFiles.MetricsFolder(runId)).Order(StringComparer.Ordinal))
        {
            foreach (var line in File.ReadLines(store.LocalPath(name)))
            {
                if (TryParse(line) is { } metrics) steps[metrics.Step] = metrics;
            }
        }
        return [.. steps.Values];
    }

    public void Dispose()
    {
        try
        {
            _file.Dispose();
        }
        catch (IOException)
        {
            // What the file's buffer still held is in no line that was acknowledged.
        }
    }

    /// <summary>A process killed while writing leaves half a line.</summary>
    private static StepMetrics? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<StepMetrics>(line, WorkJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
