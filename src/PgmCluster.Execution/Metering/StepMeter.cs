using System.Diagnostics;

namespace PgmCluster.Execution.Metering;

/// <summary>
/// Where the time of a device's steps goes, one step after another. It is the host's time: a GPU's computing counts where the host waits
/// for it, which is at the end of a step alone and before the exchange in a gang.
/// </summary>
internal sealed class StepMeter(string device)
{
    private TimeSpan _data, _compute, _exchange;
    private long _begun, _since;

    /// <summary>Ticks that lanes waited for inputs, or filled them: all lanes together.</summary>
    private long _inputs;

    /// <summary>The tag that names the device.</summary>
    public KeyValuePair<string, object?> Device { get; } = new("device", device);

    public void Begin()
    {
        (_inputs, _exchange) = (0, default);
        _begun = _since = Stopwatch.GetTimestamp();
    }

    /// <summary>A lane has its inputs. May be called by several at once.</summary>
    /// <param name="asked">When it asked for them.</param>
    public void InputsTaken(long asked) => Interlocked.Add(ref _inputs, Stopwatch.GetTimestamp() - asked);

    /// <summary>The gradients are computed.</summary>
    /// <param name="lanes">That did it side by side.</param>
    public void Computed(int lanes)
    {
        var took = Lap();
        var data = Stopwatch.GetElapsedTime(0, _inputs / lanes);
        _data = data < took ? data : took;
        _compute = took - _data;
    }

    /// <summary>The gang's gradients are summed.</summary>
    public void Exchanged() => _exchange = Lap();

    /// <summary>The weights are those after the step: it is done.</summary>
    /// <inheritdoc cref="TrainingMeters.StepDone"/>
    public void Updated(long images, long tokens)
    {
        var update = Lap();
        TrainingMeters.Spent(Device, "data", _data);
        TrainingMeters.Spent(Device, "compute", _compute);
        if (_exchange > TimeSpan.Zero) TrainingMeters.Spent(Device, "exchange", _exchange);
        TrainingMeters.Spent(Device, "update", update);
        TrainingMeters.StepDone(Device, Stopwatch.GetElapsedTime(_begun, _since), images, tokens);
    }

    private TimeSpan Lap()
    {
        var now = Stopwatch.GetTimestamp();
        var took = Stopwatch.GetElapsedTime(_since, now);
        _since = now;
        return took;
    }
}
