using System.Diagnostics;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Training;

/// <summary>Tells the owner how far the run is: running loss, steps per second.</summary>
internal sealed class TrainingMeter
{
    private readonly WorkContext _context;
    private readonly long _steps;
    private double? _loss;
    private double? _rate;
    private double? _validationLoss;
    private long _begun = Stopwatch.GetTimestamp();

    public TrainingMeter(WorkContext context, long done, long steps)
    {
        (_context, _steps) = (context, steps);
        context.Progress(new WorkProgress(done, steps, "step"));
    }

    public void StepDone(StepMetrics metrics)
    {
        _loss = _loss is null ? metrics.Loss : LossChart.Smoothing * _loss + (1 - LossChart.Smoothing) * metrics.Loss;
        _validationLoss = metrics.ValidationLoss ?? _validationLoss;
        var seconds = Stopwatch.GetElapsedTime(_begun).TotalSeconds;
        _begun = Stopwatch.GetTimestamp();
        _rate = _rate is null ? 1 / seconds : LossChart.Smoothing * _rate + (1 - LossChart.Smoothing) / seconds;
        _context.Progress(new WorkProgress(metrics.Step + 1, _steps, "step", _rate, _loss, _validationLoss));
    }
}
