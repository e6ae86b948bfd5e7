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
    private readonly string _path;
    private readonly List<StepMetrics> _unwritten = [];
    private FileStream? _file;
    private bool _isTorn;

    public StepMetricsLog(IArtifactStore store, string runId, long generation) =>
        _path = store.LocalPath(RunFiles.Metrics(runId, generation));

    /// <summary>
    /// Appends; the line is the operating system's when the call returns, so a process killed later loses nothing. What a disk that is
    /// full or read-only does not take is kept for the next call.
    /// </summary>
    public void Add(StepMetrics metrics)
    {
        _unwritten.Add(metrics);
        try
        {
            Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again with the next, and before the end.
        }
    }

    /// <summary>Hands the operating system whatever it has not taken yet.</summary>
    /// <exception cref="IOException">The disk takes nothing.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Flush()
    {
        if (_unwritten.Count == 0) return;
        var lines = string.Concat(_unwritten.Select(m => JsonSerializer.Serialize(m, WorkJson.Options) + "\n"));
        _file ??= Open();
        var wasTorn = _isTorn;
        _isTorn = true;
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(wasTorn ? "\n" + lines : lines));
        }
        catch
        {
            // A volume that was away does not take its files back: the next attempt opens it anew.
            _file.Dispose();
            _file = null;
            throw;
        }
        _unwritten.Clear();
        _isTorn = false;
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

    public void Dispose() => _file?.Dispose();

    private FileStream Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        return new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
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
