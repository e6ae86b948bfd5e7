using System.Diagnostics;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Checkpoints;

/// <summary>
/// Writes checkpoints in the background, one at a time, hands each to the run's owner once it is whole, and keeps the newest few.
/// A copy of the state is all that the training thread waits for.
/// </summary>
public sealed class CheckpointWriter : IDisposable
{
    private const int Kept = 2;

    /// <summary>Checkpoints may cost the training thread at most one part in this many of its time.</summary>
    private const double LeastTimesCost = 50;

    private readonly TrainWork _work;
    private readonly WorkContext _context;
    private readonly TimeSpan _interval;
    private readonly List<CheckpointRecord> _recorded;
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private TimeSpan _cost;
    private Task _writing = Task.CompletedTask;
    private long _newest = -1;

    public CheckpointWriter(TrainWork work, WorkContext context, TimeSpan interval)
    {
        (_work, _context, _interval) = (work, context, interval);
        _recorded = [.. work.Checkpoints];
    }

    /// <summary>The newest checkpoint that the owner has recorded.</summary>
    public CheckpointRecord? Newest => _recorded.Count > 0 ? _recorded[0] : null;

    /// <summary>Begins a checkpoint where one is due. Throws what the last one ended with.</summary>
    public void StepDone(TrainingState state)
    {
        if (!_writing.IsCompleted) return;
        _writing.GetAwaiter().GetResult();
        if (_sinceLast.Elapsed < _interval || _sinceLast.Elapsed < _cost * LeastTimesCost) return;
        Begin(state);
    }

    /// <summary>Writes the present state unless it is written already, and waits for it.</summary>
    /// <exception cref="WorkInterruptedException">A newer generation of the run exists.</exception>
    public void WriteNow(TrainingState state)
    {
        _writing.GetAwaiter().GetResult();
        if (_newest == state.Step || Newest?.Step == state.Step) return;
        Begin(state);
        _writing.GetAwaiter().GetResult();
    }

    /// <summary>Waits for a checkpoint under way, whatever becomes of it.</summary>
    public void Dispose() => Task.WaitAny(_writing);

    private void Begin(TrainingState state)
    {
        var begun = Stopwatch.GetTimestamp();
        var snapshot = new CheckpointSnapshot(state);
        _cost = Stopwatch.GetElapsedTime(begun);
        _newest = state.Step;
        _sinceLast.Restart();
        // Blocking file writes and a blocking hand-over: a thread of its own, not one of the pool's.
        _writing = Task.Factory.StartNew(() => Write(snapshot), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Write(CheckpointSnapshot snapshot)
    {
        using (snapshot)
        {
            var record = CheckpointFiles.Write(_context.Artifacts, snapshot, _work, _context.Generation);
            if (!_context.Publish(WorkJson.Write(record)))
                throw new WorkInterruptedException($"Recording the checkpoint of step {record.Step}: a newer generation of the run exists.");
            _recorded.Insert(0, record);
            if (_recorded.Count > Kept) _recorded.RemoveRange(Kept, _recorded.Count - Kept);
            CheckpointFiles.DeleteOthers(_context.Artifacts, _work.RunId, _recorded);
        }
    }
}
