using PgmCluster.Grains.Hosting;

namespace PgmCluster.Grains.Clocks;

/// <summary>
/// Times that are as far apart as they seem: the date when this was made and what has passed since, so that nobody is taken for silent, and
/// nothing waits for hours, because the machine's clock was set or stood still. For what is measured; what people read comes from the
/// clock.
/// </summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset _made = time.GetUtcNow();
    private readonly long _begun = time.GetTimestamp();

    public DateTimeOffset Now => _made + time.GetElapsedTime(_begun);
}
