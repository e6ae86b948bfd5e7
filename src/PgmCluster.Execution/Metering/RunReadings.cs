using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PgmCluster.Execution.Metering;

/// <summary>
/// How the runs are doing whose first member computes in this process: one reading each, for as long as it does. Who listens asks for
/// them; a step costs a write to memory.
/// </summary>
internal sealed class RunReadings : IDisposable
{
    private static readonly ConcurrentDictionary<RunReadings, byte> Open = [];
    private static readonly Meter Meter = new("PgmCluster.Runs");

    private readonly KeyValuePair<string, object?> _run;
    private volatile Reading? _reading;

    static RunReadings()
    {
        Meter.CreateObservableGauge("pgm.training.loss", () => Observe(r => r.Loss), null, "Loss of the run's last step.");
        Meter.CreateObservableGauge(
            "pgm.training.gradient.norm", () => Observe(r => r.GradientNorm), null,
            "The gradient's norm in the run's last step, before clipping.");
        Meter.CreateObservableGauge("pgm.training.step", () => Observe(r => r.Steps), "{step}", "Steps that the run has done.");
    }

    public RunReadings(string runId)
    {
        _run = new("run", runId);
        Open[this] = 0;
    }

    /// <summary>A step was done.</summary>
    /// <param name="steps">Steps done so far.</param>
    /// <param name="loss">Of this one.</param>
    /// <param name="gradientNorm">Before clipping.</param>
    public void StepDone(long steps, double loss, double gradientNorm) => _reading = new Reading(steps, loss, gradientNorm);

    public void Dispose() => Open.TryRemove(this, out _);

    private static IEnumerable<Measurement<T>> Observe<T>(Func<Reading, T> value) where T : struct =>
        [.. Open.Keys.Select(r => (r._run, r._reading)).Where(r => r._reading is not null)
            .Select(r => new Measurement<T>(value(r._reading!), r._run))];

    private sealed record Reading(long Steps, double Loss, double GradientNorm);
}
