namespace PgmCluster.Execution.Wire.Judging;

/// <summary>
/// When this process stood still, because it was stopped or got no processor: by a thread that does nothing but come by regularly. What peers
/// said meanwhile was read late, and came in time. Any thread.
/// </summary>
/// <param name="interval">At which that thread comes by.</param>
/// <param name="time">By whose timestamps all is measured.</param>
internal sealed class OwnStandstill(TimeSpan interval, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _cameBy = time.GetTimestamp();
    private long _ended;
    private TimeSpan _length;

    /// <summary>Counting begins anew: nobody came by until now.</summary>
    public void Begin()
    {
        lock (_gate) _cameBy = time.GetTimestamp();
    }

    /// <summary>The thread comes by.</summary>
    public void ComeBy()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (Overdue(now) is { } length) (_ended, _length) = (now, length);
            _cameBy = now;
        }
    }

    /// <summary>For how long of a silence that ends now this process stood still, by the last time that it did.</summary>
    public TimeSpan Within(TimeSpan silence)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            // It may go on at this moment, and the thread not have come by yet.
            var stood = Overdue(now) ?? (_length > TimeSpan.Zero && time.GetElapsedTime(_ended, now) < silence ? _length : TimeSpan.Zero);
            return stood < silence ? stood : silence;
        }
    }

    /// <summary>How much later than it should the thread comes by; null where no later than it may.</summary>
    private TimeSpan? Overdue(long now) =>
        time.GetElapsedTime(_cameBy, now) - interval is var late && late > interval ? late : null;
}
