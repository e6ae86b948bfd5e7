using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Images;

namespace PgmCluster.Cli.Output;

/// <summary>
/// Progress as lines, for files and pipes: at most one every two seconds and stage, and one at its end. What a stage waits for is said once
/// when that has lasted two seconds, and again when it changes.
/// </summary>
internal sealed class LineBoard(TextWriter writer, IReadOnlyList<string> stages, TimeProvider time) : IProgressBoard
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _lastLine = [];
    private readonly Dictionary<string, long> _begun = [];
    private readonly Dictionary<string, string> _saidToWaitFor = [];
    private readonly Dictionary<string, long> _generations = [];
    private readonly Dictionary<string, (JobEvent Event, ITimer Due)> _held = [];
    private bool _listed;
    private TimeSpan? _left;

    public void Begin(string stage)
    {
        lock (_gate)
        {
            if (!_listed && stages.Count > 1) writer.WriteLine($"Stages: {string.Join(", ", stages)}");
            _listed = true;
            _begun[stage] = time.GetTimestamp();
        }
    }

    public void Report(string stage, JobEvent e)
    {
        lock (_gate)
        {
            // The end of a stage has its own line.
            if (e.Phase == JobPhase.Completed) return;
            if (IsTakenAnew(stage, e)) Write(stage, $"taken up again, {Texts.Event(e with { Message = null })}");
            if (e.Message is { } reason && !string.IsNullOrWhiteSpace(reason))
            {
                Wait(stage, reason.Trim(), e);
                return;
            }
            Release(stage);
            _saidToWaitFor.Remove(stage);
            // "Queued" would otherwise take the place of the first line that says something.
            if (e.Progress.Done == 0 && _begun.TryGetValue(stage, out var begun) && time.GetElapsedTime(begun) < Interval) return;
            if (_lastLine.TryGetValue(stage, out var last) && time.GetElapsedTime(last) < Interval) return;
            _lastLine[stage] = time.GetTimestamp();
            Write(stage, _left is { } left ? $"{Texts.Event(e)}; {Texts.LeftOfAll(left)}" : Texts.Event(e));
        }
    }

    public void Remaining(TimeSpan? left)
    {
        lock (_gate) _left = left;
    }

    public void Show(RgbImage picture)
    {
        // Lines show no pictures.
    }

    public void End(string stage, double seconds)
    {
        lock (_gate)
        {
            Release(stage);
            Write(stage, $"done in {Texts.Duration(seconds)}");
        }
    }

    public void Note(string stage, string text)
    {
        lock (_gate) Write(stage, text);
    }

    /// <summary>True for the first event after a device was lost whose work another has: what was not durable is done again.</summary>
    private bool IsTakenAnew(string stage, JobEvent e)
    {
        if (e.Phase != JobPhase.Running || e.Progress.Done == 0) return false;
        var known = _generations.TryGetValue(stage, out var generation);
        _generations[stage] = e.Generation;
        return known && e.Generation > generation;
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            foreach (var stage in _held.Keys.ToList()) Release(stage);
        }
        writer.Flush();
        return ValueTask.CompletedTask;
    }

    /// <summary>Holds back what may be over at once: no other event may come while the stage waits.</summary>
    private void Wait(string stage, string reason, JobEvent e)
    {
        if (_saidToWaitFor.GetValueOrDefault(stage) == reason)
        {
            Release(stage);
            return;
        }
        var due = _held.TryGetValue(stage, out var held)
            ? held.Due
            : time.CreateTimer(_ => SayWaiting(stage), null, Interval, Timeout.InfiniteTimeSpan);
        _held[stage] = (e, due);
    }

    private void SayWaiting(string stage)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(stage, out var held)) return;
            Release(stage);
            _saidToWaitFor[stage] = held.Event.Message!.Trim();
            _lastLine[stage] = time.GetTimestamp();
            Write(stage, Texts.Event(held.Event));
        }
    }

    private void Release(string stage)
    {
        if (_held.Remove(stage, out var held)) held.Due.Dispose();
    }

    private void Write(string stage, string text)
    {
        var number = stages.Count > 1 ? $"[{stages.ToList().IndexOf(stage) + 1}/{stages.Count}] " : "";
        writer.WriteLine($"{number}{stage}: {text}");
        writer.Flush();
    }
}
