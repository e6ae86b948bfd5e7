using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Output;

/// <summary>Progress as lines, for files and pipes: at most one every two seconds and stage, and one at its end.</summary>
internal sealed class LineBoard(TextWriter writer, IReadOnlyList<string> stages, TimeProvider time) : IProgressBoard
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _lastLine = [];
    private readonly Dictionary<string, long> _begun = [];
    private bool _listed;

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
            // "Queued" would otherwise take the place of the first line that says something.
            if (e.Progress.Done == 0 && _begun.TryGetValue(stage, out var begun) && time.GetElapsedTime(begun) < Interval) return;
            if (_lastLine.TryGetValue(stage, out var last) && time.GetElapsedTime(last) < Interval) return;
            _lastLine[stage] = time.GetTimestamp();
            Write(stage, Texts.Event(e));
        }
    }

    public void End(string stage, double seconds)
    {
        lock (_gate) Write(stage, $"done in {Texts.Duration(seconds)}");
    }

    public void Note(string stage, string text)
    {
        lock (_gate) Write(stage, text);
    }

    public ValueTask DisposeAsync()
    {
        writer.Flush();
        return ValueTask.CompletedTask;
    }

    private void Write(string stage, string text)
    {
        var number = stages.Count > 1 ? $"[{stages.ToList().IndexOf(stage) + 1}/{stages.Count}] " : "";
        writer.WriteLine($"{number}{stage}: {text}");
        writer.Flush();
    }
}
