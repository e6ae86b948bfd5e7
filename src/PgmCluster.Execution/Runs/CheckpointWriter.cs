using System.Diagnostics;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Faults;
using PgmCluster.Execution.Metering;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Runs;

/// <summary>
/// Writes checkpoints in the background, one at a time, hands each to the run's owner once it is whole, and deletes those that are not
/// kept. A copy of the state is all that the training thread waits for.
/// </summary>
public sealed class CheckpointWriter : IDisposable
{
    /// <summary>Checkpoints may cost the training thread at most one part in this many of its time.</summary>
    private const double LeastTimesCost = 50;

    private readonly TrainWork _work;
    private readonly WorkContext _context;
    private readonly TimeSpan _interval;
    private readonly Lock _gate = new();
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private IReadOnlyList<CheckpointRecord> _recorded;
    private readonly KeyValuePair<string, object?> _device;
    private long _generation;
    private TimeSpan _cost;
    private Task _writing = Task.CompletedTask;

    public CheckpointWriter(TrainWork work, WorkContext context, TimeSpan interval)
    {
        (_work, _context, _interval) = (work, context, interval);
        _device = new("device", context.Device.Name);
        _recorded = work.Checkpoints;
        _generation = context.Generation;
    }

    /// <summary>
    /// What stands in files of the steps so far, such as their metrics: a checkpoint is recorded only once it is written, since a run
    /// that goes on from the checkpoint does not write it again. Asked on the training thread; null where there is nothing.
    /// </summary>
    public Func<Task>? AfterFiles { get; set; }

    /// <summary>
    /// The gang has formed again: what is written from now on carries its generation, and these checkpoints are recorded as well.
    /// </summary>
    public void Enter(long generation, IReadOnlyList<CheckpointRecord> recorded)
    {
        lock (_gate)
        {
            foreach (var record in recorded.Reverse()) _recorded = CheckpointRetention.Add(_recorded, record);
            _generation = generation;
        }
        _sinceLast.Restart();
    }

    /// <summary>The newest checkpoint that the owner has recorded.</summary>
    public CheckpointRecord? Newest
    {
        get { lock (_gate) return _recorded.Count > 0 ? _recorded[0] : null; }
    }

    /// <summary>Begins a checkpoint where one is due. One that cannot be written or is refused costs the checkpoint, not the run.</summary>
    public void StepDone(TrainingState state)
    {
        if (!_writing.IsCompleted) return;
        Settle();
        if (_sinceLast.Elapsed < _interval || _sinceLast.Elapsed < _cost * LeastTimesCost) return;
        Begin(state);
    }

    /// <summary>Writes the present state unless it is recorded already, waits for it, and for a disk that is full.</summary>
    /// <param name="state">To be written.</param>
    /// <exception cref="WorkInterruptedException">The work was asked to end and the disk or the owner took nothing for too
    /// long.</exception>
    public void WriteNow(TrainingState state)
    {
        Settle();
        if (Newest?.Step == state.Step) return;
        _context.WriteWhenThereIsSpace($"Writing a checkpoint of run {_work.RunId}", () =>
        {
            Begin(state);
            var writing = _writing;
            _writing = Task.CompletedTask;
            writing.GetAwaiter().GetResult();
        });
    }

    /// <summary>Waits for a checkpoint under way, whatever becomes of it.</summary>
    public void Dispose() => Task.WaitAny(_writing);

    /// <summary>Waits for a checkpoint under way and tells what became of it.</summary>
    private void Settle()
    {
        var last = _writing;
        _writing = Task.CompletedTask;
        try
        {
            last.GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            var what = $"Writing a checkpoint of run {_work.RunId}";
            var remedy = StoreRemedy.Sentence(e, "Artifacts are stored there");
            _context.Warn($"{what}: {e.Message} Training goes on and tries again{remedy}.");
        }
    }

    private void Begin(TrainingState state)
    {
        var begun = Stopwatch.GetTimestamp();
        var snapshot = new CheckpointSnapshot(state);
        _cost = Stopwatch.GetElapsedTime(begun);
        TrainingMeters.Spent(_device, "checkpoint", _cost);
        _sinceLast.Restart();
        long generation;
        lock (_gate) generation = _generation;
        // Blocking file writes and a blocking hand-over: a thread of its own, not one of the pool's.
        var files = AfterFiles?.Invoke() ?? Task.CompletedTask;
        _writing = Task.Factory.StartNew(
            () => Write(snapshot, generation, files, begun), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Write(CheckpointSnapshot snapshot, long generation, Task files, long begun)
    {
        using (snapshot)
        {
            FaultPoint.Reached("checkpoint", _work.RunId, step: snapshot.Step);
            var record = CheckpointFiles.Write(_context.Artifacts, snapshot, _work, generation);
            Task.WaitAny(files);
            // Refused: whether the work is still wanted is said elsewhere, and the file is deleted with those of its age.
            if (!_context.Publish(WorkJson.Write(record))) return;
            TrainingMeters.CheckpointRecorded(_device, Stopwatch.GetElapsedTime(begun));
            lock (_gate) _recorded = CheckpointRetention.Add(_recorded, record);
            CheckpointRetention.DeleteOlder(_context.Artifacts, _work.RunId, _recorded);
        }
    }
}
