using System.Diagnostics;
using PgmCluster.Execution.Faults;
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

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    private readonly TrainWork _work;
    private readonly WorkContext _context;
    private readonly TimeSpan _interval;
    private readonly List<CheckpointRecord> _recorded;
    private long _generation;
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private TimeSpan _cost;
    private Task _writing = Task.CompletedTask;

    public CheckpointWriter(TrainWork work, WorkContext context, TimeSpan interval)
    {
        (_work, _context, _interval) = (work, context, interval);
        _recorded = [.. work.Checkpoints];
        _generation = context.Generation;
    }

    /// <summary>The gang has formed again: what is written from now on carries its generation, and these checkpoints are known.</summary>
    public void Enter(long generation, IReadOnlyList<CheckpointRecord> recorded)
    {
        lock (_recorded)
        {
            _recorded.RemoveAll(r => recorded.All(k => k.Step != r.Step));
            _recorded.AddRange(recorded.Where(k => _recorded.All(r => r.Step != k.Step)));
            _recorded.Sort((a, b) => b.Step.CompareTo(a.Step));
        }
        Volatile.Write(ref _generation, generation);
        _sinceLast.Restart();
    }

    /// <summary>The newest checkpoint that the owner has recorded.</summary>
    public CheckpointRecord? Newest
    {
        get { lock (_recorded) return _recorded.Count > 0 ? _recorded[0] : null; }
    }

    /// <summary>Begins a checkpoint where one is due. A disk that cannot be written costs the checkpoint, not the run.</summary>
    /// <exception cref="WorkInterruptedException">A newer generation of the run exists.</exception>
    public void StepDone(TrainingState state)
    {
        if (!_writing.IsCompleted) return;
        Settle();
        if (_sinceLast.Elapsed < _interval || _sinceLast.Elapsed < _cost * LeastTimesCost) return;
        Begin(state);
    }

    /// <summary>Writes the present state unless it is written already, and waits for it.</summary>
    /// <param name="state">To be written.</param>
    /// <param name="patience">How long is tried again where the disk cannot be written.</param>
    /// <exception cref="WorkInterruptedException">A newer generation of the run exists.</exception>
    public void WriteNow(TrainingState state, TimeSpan patience)
    {
        var begun = Stopwatch.GetTimestamp();
        Settle();
        while (Newest?.Step != state.Step)
        {
            Begin(state);
            try
            {
                _writing.GetAwaiter().GetResult();
                return;
            }
            catch (IOException e) when (Stopwatch.GetElapsedTime(begun) < patience)
            {
                Warn(e);
                Thread.Sleep(RetryDelay);
            }
        }
    }

    /// <summary>Waits for a checkpoint under way, whatever becomes of it.</summary>
    public void Dispose() => Task.WaitAny(_writing);

    /// <summary>Throws what the last checkpoint ended with, except for trouble with the disk.</summary>
    private void Settle()
    {
        var last = _writing;
        _writing = Task.CompletedTask;
        try
        {
            last.GetAwaiter().GetResult();
        }
        catch (IOException e)
        {
            Warn(e);
        }
    }

    private void Warn(IOException e) => _context.Warn($"Writing a checkpoint of run {_work.RunId}: {e.Message} Training goes on and tries again; free space where the artifacts are.");

    private void Begin(TrainingState state)
    {
        var begun = Stopwatch.GetTimestamp();
        var snapshot = new CheckpointSnapshot(state);
        _cost = Stopwatch.GetElapsedTime(begun);
        _sinceLast.Restart();
        // Blocking file writes and a blocking hand-over: a thread of its own, not one of the pool's.
        _writing = Task.Factory.StartNew(() => Write(snapshot), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Write(CheckpointSnapshot snapshot)
    {
        using (snapshot)
        {
            var generation = Volatile.Read(ref _generation);
            FaultPoint.Reached("checkpoint", 0, snapshot.Step);
            var record = CheckpointFiles.Write(_context.Artifacts, snapshot, _work, generation);
            if (!_context.Publish(WorkJson.Write(record)))
            {
                // The gang has formed again meanwhile; its first member writes under the new generation.
                if (generation != Volatile.Read(ref _generation)) return;
                throw new WorkInterruptedException($"Recording the checkpoint of step {record.Step}: a newer generation of the run exists.");
            }
            lock (_recorded)
            {
                _recorded.Insert(0, record);
                if (_recorded.Count > Kept) _recorded.RemoveRange(Kept, _recorded.Count - Kept);
                CheckpointFiles.DeleteOthers(_context.Artifacts, _work.RunId, _recorded);
            }
        }
    }
}
