using PgmCluster.Execution.Metering;

namespace PgmCluster.Grains.Metering;

/// <summary>
/// Follows one run as its owner hears of it: how long it stands still after a loss that left nobody, and how many steps are done again.
/// What the owner had not heard of is not counted.
/// </summary>
internal sealed class RecoveryWatch(TimeProvider time)
{
    private long? _lostAt, _resumedAt;

    /// <summary>Nobody is left who has the run.</summary>
    /// <param name="reached">Steps that it had done.</param>
    /// <param name="durable">Those that it begins again after.</param>
    public void Lost(long reached, long durable)
    {
        if (reached > durable) RecoveryMeters.StepsLost(reached - durable);
        (_lostAt, _resumedAt) = (_lostAt ?? time.GetTimestamp(), null);
    }

    /// <summary>The run comes to rest: how long that lasts is no recovery.</summary>
    public void Forget() => (_lostAt, _resumedAt) = (null, null);

    /// <summary>The run has done so many steps, by the report of the member that keeps its log.</summary>
    public void At(long done)
    {
        if (_lostAt is not { } lost) return;
        _resumedAt ??= done;
        if (done <= _resumedAt) return;
        RecoveryMeters.RunWentOn(time.GetElapsedTime(lost));
        (_lostAt, _resumedAt) = (null, null);
    }
}
