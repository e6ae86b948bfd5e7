namespace PgmCluster.Grains.Leases;

/// <summary>When this silo last read the membership table.</summary>
/// <param name="time">By which it is measured.</param>
public sealed class MembershipReadings(TimeProvider time)
{
    private long _last;
    private volatile bool _any;

    /// <summary>How long ago it was read; null where nobody says.</summary>
    public TimeSpan? Age => _any ? time.GetElapsedTime(Interlocked.Read(ref _last)) : null;

    /// <summary>The table was read.</summary>
    public void Taken()
    {
        Interlocked.Exchange(ref _last, time.GetTimestamp());
        _any = true;
    }
}
