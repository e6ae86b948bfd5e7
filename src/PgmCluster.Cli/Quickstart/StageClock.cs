using System.Text.Json;
using PgmCluster.Cli.Output;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Cli.Quickstart;

/// <summary>
/// What each stage took, over all starts of the program. Kept in a small file that is replaced every two seconds and at the end
/// of a stage, rather than taken from the jobs' start and end: those would count the time in which nothing ran.
/// </summary>
internal sealed class StageClock
{
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(2);
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Func<TimeSpan> _processorTime;
    private readonly Dictionary<string, StageTime> _stages;

    private StageClock(string path, TimeProvider time, Func<TimeSpan> processorTime, Dictionary<string, StageTime> stages)
    {
        _path = path;
        _time = time;
        _processorTime = processorTime;
        _stages = stages;
    }

    /// <summary>Reads the file; a missing or unreadable one counts from zero.</summary>
    /// <param name="path">The file.</param>
    /// <param name="time">Measures seconds.</param>
    /// <param name="processorTime">Processor time so far, user and system; null takes this process's, in which the silo runs.</param>
    public static StageClock Open(string path, TimeProvider time, Func<TimeSpan>? processorTime = null)
    {
        var processor = processorTime ?? (() => Environment.CpuUsage.TotalTime);
        try
        {
            if (File.Exists(path)
                && JsonSerializer.Deserialize<Dictionary<string, StageTime>>(File.ReadAllText(path), Json.Options) is { } read)
                return new(path, time, processor, read);
        }
        catch (JsonException)
        {
            // Times are for information; a run must not fail over them.
        }
        return new(path, time, processor, []);
    }

    public double Seconds(string stage) => _stages.GetValueOrDefault(stage)?.Seconds ?? 0;

    public double CpuSeconds(string stage) => _stages.GetValueOrDefault(stage)?.CpuSeconds ?? 0;

    /// <summary>Null where a part of the stage was done in another process, whose processor time nobody counted.</summary>
    public double? WholeCpuSeconds(string stage) =>
        _stages.GetValueOrDefault(stage) is { CpuSeconds: > 0, IsElsewhere: false } time ? time.CpuSeconds : null;

    /// <summary>Runs a stage and counts its time, unless it was finished by an earlier start.</summary>
    /// <param name="stage">Its name.</param>
    /// <param name="body">What is done.</param>
    /// <param name="isElsewhere">Another process does it, and this one only waits.</param>
    public async Task<T> MeasureAsync<T>(string stage, Func<Task<T>> body, bool isElsewhere = false)
    {
        var before = _stages.GetValueOrDefault(stage) ?? new StageTime(0, false, 0);
        if (before.Done) return await body();

        var (started, processorBefore) = (_time.GetTimestamp(), _processorTime());
        var work = body();
        while (await Task.WhenAny(work, Task.Delay(SaveInterval, _time)) != work) Save(done: false);
        var result = await work;
        Save(done: true);
        return result;

        void Save(bool done)
        {
            _stages[stage] = new(
                Math.Round(before.Seconds + _time.GetElapsedTime(started).TotalSeconds, 2), done,
                Math.Round(before.CpuSeconds + (_processorTime() - processorBefore).TotalSeconds, 2), before.IsElsewhere || isElsewhere);
            AtomicFile.WriteAllText(_path, Json.Text(_stages));
        }
    }

    private sealed record StageTime(double Seconds, bool Done, double CpuSeconds = 0, bool IsElsewhere = false);
}
