namespace PgmCluster.TestSupport;

/// <summary>
/// The machine's clock, but for that what durations are measured by leaps ahead when told to. Its timers are the machine's, and the date is.
/// </summary>
public sealed class LeapingTime : TimeProvider
{
    private long _ahead;

    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _ahead);

    public void Leap(TimeSpan by) => Interlocked.Add(ref _ahead, (long)(by.TotalSeconds * TimestampFrequency));
}
