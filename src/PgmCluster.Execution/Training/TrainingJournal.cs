using System.Diagnostics;
using PgmCluster.Execution.Faults;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Metering;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Training;

/// <summary>
/// What the first member of a generation keeps of the run for all: metrics, checkpoints, pictures, progress, and the result in the end.
/// </summary>
internal sealed class TrainingJournal : IDisposable
{
    private readonly TrainingParts _parts;
    private readonly Gang _gang;
    private readonly StepMetricsLog _log;
    private readonly TrainingMeter _meter;
    private readonly SampleGrids _grids;
    private readonly RunReadings _readings;
    private readonly KeyValuePair<string, object?> _device;
    private readonly FileThread _files = new("pgm-metrics", capacity: 1);

    /// <summary>
    /// The step before is taken in, and its segment written where that is due; what is not, all members of the gang still have.
    /// </summary>
    private Task _line = Task.CompletedTask;

    /// <param name="parts">The run on this device.</param>
    /// <param name="gang">The generation.</param>
    /// <param name="recent">Metrics that the first of the generation before may not have written.</param>
    public TrainingJournal(TrainingParts parts, Gang gang, IEnumerable<StepMetrics> recent)
    {
        (_parts, _gang) = (parts, gang);
        _log = new StepMetricsLog(parts.Context.Artifacts, parts.Work.RunId, gang.Seat.Generation);
        foreach (var metrics in recent) _log.Add(metrics);
        _meter = new TrainingMeter(parts.Context, parts.State.Step, parts.Specification.Training.Steps);
        _grids = new SampleGrids(parts);
        _readings = new RunReadings(parts.Work.RunId);
        _device = new("device", parts.Context.Device.Name);
        // A run that goes on from a checkpoint does not do the steps before it again.
        parts.Checkpoints.AfterFiles = () => Task.WhenAll(_files.Do(_log.TryFlush), _grids.Written);
    }

    /// <param name="metrics">Of the step.</param>
    /// <param name="hasToMove">Whether a member that a test has stand still has to go on all the same.</param>
    /// <returns>The metrics with what was found out after the step.</returns>
    public StepMetrics StepDone(StepMetrics metrics, Func<bool>? hasToMove)
    {
        _readings.StepDone(metrics.Step + 1, metrics.Loss, metrics.GradientNorm);
        var begun = Stopwatch.GetTimestamp();
        // What is done between steps may take longer than any of them: neither peers nor the device's own watch take it for hung.
        _parts.Context.Unjudged(() => _gang.DoUnjudged(() =>
        {
            metrics = _parts.Validated(metrics);
            _grids.StepDone();
        }));
        TrainingMeters.Spent(_device, "validation", Stopwatch.GetElapsedTime(begun));
        _line.GetAwaiter().GetResult();
        var line = metrics;
        _line = _files.Do(() => _log.Add(line));
        _meter.StepDone(metrics);
        _parts.Checkpoints.StepDone(_parts.State);
        _parts.Context.Unjudged(
            () => _gang.DoUnjudged(() => FaultPoint.Reached("stepped", _parts.Work.RunId, _gang.Rank, metrics.Step, hasToMove)));
        return metrics;
    }

    /// <returns>The run's result as JSON, once all of it is written.</returns>
    public string Finish()
    {
        _parts.Context.Judge(false);
        _parts.Checkpoints.WriteNow(_parts.State);
        _grids.Dispose();
        _line.GetAwaiter().GetResult();
        _parts.Context.WriteWhenThereIsSpace($"Writing the metrics of run {_parts.Work.RunId}", _log.Flush);
        return WorkJson.Write(TrainingOutcome.Make(_parts));
    }

    public void Dispose()
    {
        _parts.Checkpoints.AfterFiles = null;
        _readings.Dispose();
        _grids.Dispose();
        Task.WaitAny(_line);
        _files.Dispose();
        _log.Dispose();
    }
}
