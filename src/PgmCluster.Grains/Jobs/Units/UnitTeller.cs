using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>
/// Tells a job a unit's news, one after another, outside of the unit's turns. Of several that wait only the newest is told.
/// </summary>
/// <param name="grains">Finds the job.</param>
/// <param name="time">Measures how long it waits.</param>
/// <param name="logger">Of the unit.</param>
internal sealed class UnitTeller(IGrainFactory grains, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan TellAgainAfter = TimeSpan.FromSeconds(1);
    private const int TellAttempts = 10;

    private UnitNews? _untold;
    private bool _isTelling;

    /// <param name="job">The job's grain id as text.</param>
    /// <param name="news">As it is stored.</param>
    /// <param name="unwanted">Called where the job does not want the unit.</param>
    /// <param name="ended">Called once the job knows that the unit is completed.</param>
    public void Tell(string job, UnitNews news, Func<UnitNews, Task> unwanted, Action ended)
    {
        _untold = news;
        if (_isTelling) return;
        _isTelling = true;
        _ = TellAll(grains.GetGrain<IUnitJob>(GrainId.Parse(job)), unwanted, ended);
    }

    private async Task TellAll(IUnitJob job, Func<UnitNews, Task> unwanted, Action ended)
    {
        var attempt = 1;
        try
        {
            while (_untold is { } news)
            {
                try
                {
                    var wanted = await job.UnitChanged(news);
                    if (ReferenceEquals(news, _untold)) _untold = null;
                    attempt = 1;
                    if (!wanted) await unwanted(news);
                    else if (news.Phase == JobPhase.Completed) ended();
                }
                catch (Exception e) when (e is PgmException or OrleansException or TimeoutException)
                {
                    // Progress is out of date by now; milestones are worth another attempt. The job's own waking is the last resort.
                    if (news.Phase != JobPhase.Running) UnitLog.TellFailed(logger, e, $"{job.GetPrimaryKeyString()}[{news.Index}]", attempt);
                    if (news.Phase == JobPhase.Running || attempt++ >= TellAttempts)
                    {
                        if (ReferenceEquals(news, _untold)) _untold = null;
                        attempt = 1;
                    }
                    else
                    {
                        await Task.Delay(TellAgainAfter, time);
                    }
                }
            }
        }
        finally
        {
            _isTelling = false;
        }
    }
}
