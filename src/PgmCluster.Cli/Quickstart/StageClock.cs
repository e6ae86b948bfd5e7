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
    private readonly Dictionary<string, StageTime> _stages;

    private StageClock(string path, TimeProvider time, Dictionary<string, StageTime> stages)
    {
        _path = path;
        _time = time;
        _stages = stages;
    }

    /// <summary>Reads the file; a missing or unreadable one counts from zero.</summary>
    public static StageClock Open(string path, TimeProvider time)
    {
        try
        {
            if (File.Exists(path)
                && JsonSerializer.Deserialize<Dictionary<string, StageTime>>(File.ReadAllText(path), Json.Options) is { } read)
                return new(path, time, read);
        }
        catch (JsonException)
        {
            // Times are for information; a run must not fail over them.
        }
        return new(path, time, []);
    }

    public double Seconds(string stage) => _stages.GetValueOrDefault(stage)?.Seconds ?? 0;

    /// <summary>Runs a stage and counts its time, unless it was finished by an earlier start.</summary>
    public async Task<T> MeasureAsync<T>(string stage, Func<Task<T>> body)
    {
        var before = _stages.GetValueOrDefault(stage) ?? new StageTime(0, false);
        if (before.Done) return await body();

        var started = _time.GetTimestamp();
        var work = body();
        while (await Task.WhenAny(work, Task.Delay(SaveInterval, _time)) != work) Save(done: false);
        var result = await work;
        Save(done: true);
        return result;

        void Save(bool done)
        {
            _stages[stage] = new(Math.Round(before.Seconds + _time.GetElapsedTime(started).TotalSeconds, 2), done);
            AtomicFile.WriteAllText(_path, Json.Text(_stages));
        }
    }

    private sealed record StageTime(double Seconds, bool Done);
}
