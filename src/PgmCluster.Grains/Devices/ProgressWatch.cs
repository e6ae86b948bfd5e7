namespace PgmCluster.Grains.Devices;

/// <summary>
/// Judges by the progress of a piece of work whether its device still gets on: a unit that takes far longer than all before hangs, in a
/// driver or a deadlock that no exception will end.
/// </summary>
/// <param name="floor">Nothing shorter is taken for hanging.</param>
/// <param name="factor">Nor what is within so many times the median.</param>
/// <param name="time">The clock.</param>
internal sealed class ProgressWatch(TimeSpan floor, double factor, TimeProvider time)
{
    /// <summary>Fewer units say nothing about the next.</summary>
    private const int UnitsNeeded = 5;
    private const int UnitsKept = 101;

    private readonly Lock _gate = new();
    private readonly Queue<TimeSpan> _units = new();
    private long _last = time.GetTimestamp();
    private bool _isJudged = true;

    /// <summary>A unit is done.</summary>
    public void Advanced()
    {
        lock (_gate)
        {
            if (_isJudged) _units.Enqueue(time.GetElapsedTime(_last));
            if (_units.Count > UnitsKept) _units.Dequeue();
            _last = time.GetTimestamp();
        }
    }

    /// <summary>False: what follows is no unit and may take long.</summary>
    public void Judge(bool isJudged)
    {
        lock (_gate)
        {
            _isJudged = isJudged;
            _last = time.GetTimestamp();
        }
    }

    /// <summary>How long the present unit has taken, where that is too long; null otherwise.</summary>
    public TimeSpan? HungFor
    {
        get
        {
            lock (_gate)
            {
                if (!_isJudged || _units.Count < UnitsNeeded) return null;
                var median = _units.Order().ElementAt(_units.Count / 2);
                var elapsed = time.GetElapsedTime(_last);
                return elapsed > floor && elapsed > median * factor ? elapsed : null;
            }
        }
    }
}
