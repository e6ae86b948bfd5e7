using Orleans.Runtime.Messaging;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Kinds;
using PgmCluster.Grains.Calls;

namespace PgmCluster.Grains.Recovery;

/// <summary>Wakes jobs, some at once, and tells what came of it.</summary>
/// <param name="grains">Finds them.</param>
/// <param name="times">When each is woken next.</param>
/// <param name="logger">Of the supervisor.</param>
internal sealed class JobWaker(IGrainFactory grains, WakeTimes times, ILogger logger)
{
    /// <summary>One that hangs for as long as a call may take holds up no other.</summary>
    private const int AtOnce = 16;

    /// <param name="jobs">They are due.</param>
    /// <param name="now">Tells the time.</param>
    /// <returns>When each is due next.</returns>
    public async Task<IReadOnlyList<DueJob>> Wake(IReadOnlyList<DueJob> jobs, Func<DateTimeOffset> now) =>
        await ManyCalls.Of(jobs, job => Wake(job, now), AtOnce);

    private async Task<DueJob> Wake(DueJob job, Func<DateTimeOffset> now)
    {
        if (job.Kind is not { } kind || !Enum.IsDefined(kind))
            return WakeTimes.GivenUp(job, "It is of a kind that this version does not know. Run silos of the version that made it.");
        try
        {
            await grains.GetJob(kind, job.Id).Wake();
            return times.Woken(job, now());
        }
        catch (Exception e)
        {
            var cause = Cause(e);
            var failed = times.Failed(job, now(), ErrorLine.Of(cause), isItsOwn: !IsAway(cause));
            if (failed.DueAt is null) SupervisorLog.GivenUp(logger, job.Id, failed.Failures, failed.Trouble!);
            else SupervisorLog.WakeFailed(logger, e, job.Id);
            return failed;
        }
    }

    /// <summary>Some silo, the network or the database is away for the one that was asked, though not for who asks.</summary>
    private static bool IsAway(Exception cause) =>
        cause is PgmException { Code: PgmErrorCode.Unavailable } or TimeoutException or SiloUnavailableException
            or OperationCanceledException or ConnectionFailedException or OrleansMessageRejectionException;

    /// <summary>What stopped the job, not that it was stopped.</summary>
    private static Exception Cause(Exception exception)
    {
        while (exception is not PgmException && exception.InnerException is { } inner) exception = inner;
        return exception;
    }
}
