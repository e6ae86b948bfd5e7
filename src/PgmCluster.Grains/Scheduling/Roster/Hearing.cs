using PgmCluster.Grains.Clocks;
using PgmCluster.Grains.Leases;

namespace PgmCluster.Grains.Scheduling.Roster;

/// <summary>Asks who grants leases what silos say of their devices; one question at a time.</summary>
/// <param name="grains">Finds it.</param>
/// <param name="roster">Takes what it says.</param>
/// <param name="timeout">Of a call.</param>
/// <param name="time">Measures the call.</param>
/// <param name="clock">The scheduler's.</param>
/// <param name="logger">Of the scheduler.</param>
internal sealed class Hearing(
    IGrainFactory grains, DeviceRoster roster, TimeSpan timeout, TimeProvider time, SteadyClock clock, ILogger logger)
{
    private bool _isUnderWay;

    /// <param name="heard">Receives the devices of which something was heard.</param>
    public async Task Hear(HashSet<RosterDevice> heard)
    {
        if (_isUnderWay) return;
        _isUnderWay = true;
        try
        {
            var news = await grains.GetGrain<ILeaseGrain>("default").GetNews(roster.Reading).WaitAsync(timeout, time);
            heard.UnionWith(roster.Take(news, clock.Now));
        }
        catch (Exception e)
        {
            // It moves: devices are not silent for that.
            RosterLog.NotHeard(logger, e);
        }
        finally
        {
            _isUnderWay = false;
        }
    }
}
