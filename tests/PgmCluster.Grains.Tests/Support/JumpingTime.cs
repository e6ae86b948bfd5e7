namespace PgmCluster.Grains.Tests.Support;

/// <summary>A clock that is set while its machine runs: the date jumps, what durations are measured by goes on evenly.</summary>
public sealed class JumpingTime : TimeProvider
{
    private long _set;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _set));

    public void Set(TimeSpan by) => Interlocked.Add(ref _set, by.Ticks);
}
