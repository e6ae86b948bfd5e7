using System.Diagnostics;
using System.Text;
using System.Text.Json;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Runs;

/// <summary>
/// Metrics of every step, one JSON line each, in segments: artifacts of successive steps that are never changed, in a folder per
/// generation. Reading takes each step once, from the newest generation that has it, so a step that was repeated after a loss counts once.
/// </summary>
public sealed class StepMetricsLog(IArtifactStore store, string runId, long generation) : IDisposable
{
    /// <summary>A segment has no more steps: who may have to write them again keeps as many.</summary>
    internal const int MostSteps = 256;

    /// <summary>A curve that is looked at is no older.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly List<StepMetrics> _unwritten = [];
    private long _since = Stopwatch.GetTimestamp();

    /// <summary>
    /// Takes a step in, and writes a segment where one is due: a validation loss, which other members of a gang do not have, is written at
    /// once. What a store that is full or away does not take is kept for the next segment.
    /// </summary>
    public void Add(StepMetrics metrics)
    {
        _unwritten.Add(metrics);
        if (_unwritten.Count % MostSteps == 0 || metrics.ValidationLoss is not null || Stopwatch.GetElapsedTime(_since) >= Longest)
            TryFlush();
    }

    /// <summary>Writes whatever is not written yet, if it can be.</summary>
    public void TryFlush()
    {
        try
        {
            Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again with the next segment, and before the end.
            _since = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Writes whatever is not written yet.</summary>
    /// <exception cref="IOException">The store takes nothing.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Flush()
    {
        _since = Stopwatch.GetTimestamp();
        if (_unwritten.Count == 0) return;
        var lines = string.Concat(_unwritten.Select(m => JsonSerializer.Serialize(m, WorkJson.Options) + "\n"));
        var name = RunFiles.Metrics(runId, generation, _unwritten[0].Step, _unwritten[^1].Step);
        store.Write(name, stream => stream.Write(Encoding.UTF8.GetBytes(lines)));
        _unwritten.Clear();
    }

    /// <summary>All steps of a run in order, as far as they are written.</summary>
    public static IReadOnlyList<StepMetrics> Read(IArtifactStore store, string runId)
    {
        var steps = new SortedDictionary<long, StepMetrics>();
        foreach (var segment in store.List(RunFiles.MetricsFolder(runId)))
        {
            using var stream = store.OpenRead(segment.Name);
            foreach (var metrics in ReadSegment(stream))
            {
                // The first of a gang alone has the validation loss: one that took over wrote what it knew.
                steps[metrics.Step] = metrics.ValidationLoss is null && steps.TryGetValue(metrics.Step, out var known)
                    ? metrics with { ValidationLoss = known.ValidationLoss }
                    : metrics;
            }
        }
        return [.. steps.Values];
    }

    /// <summary>The steps of one segment, as they stand there.</summary>
    public static IEnumerable<StepMetrics> ReadSegment(Stream segment)
    {
        using var reader = new StreamReader(segment, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            if (TryParse(line) is { } metrics) yield return metrics;
        }
    }

    public void Dispose() => TryFlush();

    /// <summary>A process killed while appending left half a line, in the files that versions before there were segments wrote.</summary>
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
