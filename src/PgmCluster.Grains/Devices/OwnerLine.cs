using PgmCluster.Grains.Options;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Scheduling;

namespace PgmCluster.Grains.Devices;

/// <summary>What a device tells the owner of its work and the scheduler, until they have heard it.</summary>
/// <param name="worker">The device's key.</param>
/// <param name="work">What it does.</param>
/// <param name="scheduler">Is told when the device is free.</param>
/// <param name="timings">How long it waits for them.</param>
/// <param name="time">Measures how long a call takes.</param>
/// <param name="logger">Of the device.</param>
internal sealed partial class OwnerLine(
    string worker, WorkAssignment work, IDeviceSchedulerGrain scheduler, Timings timings, TimeProvider time, ILogger logger)
{
    private const string ReleaseDevice = "release the device";

    /// <summary>Between two attempts.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Tells the owner once.</summary>
    /// <returns>Whether the work is still wanted.</returns>
    public Task<bool> Tell(WorkReport report) => work.Owner.Report(report).WaitAsync(timings.CallTimeout, time);

    /// <summary>Tells the owner of progress; null where it did not answer.</summary>
    public Task<bool?> TryTell(WorkReport report) => TryTell(report, "take progress");

    /// <summary>
    /// Tells the owner the last report until it has it. An owner that cannot be told for long holds the device no longer than that: the
    /// scheduler is told that it is free, and the owner, once it is back, finds that nobody has the work.
    /// </summary>
    public async Task Deliver(WorkReport report)
    {
        var begun = time.GetTimestamp();
        while (await TryTell(report, "take the last report") is null)
        {
            if (IsOverdue(begun) && await TryRelease()) return;
            await Task.Delay(RetryDelay, time);
        }
    }

    /// <summary>An owner that could not be told since then is not waited for any more.</summary>
    /// <param name="since">By the time provider's timestamp.</param>
    public bool IsOverdue(long since) => time.GetElapsedTime(since) >= timings.OwnerPatience;

    /// <summary>Tells the scheduler that the device is free of the work until it has heard it.</summary>
    /// <param name="takesNext">The device can begin something else at once.</param>
    /// <returns>What it is given; null for nothing yet.</returns>
    public Task<WorkAssignment?> Release(bool takesNext = false) => Until(() => Released(takesNext), ReleaseDevice);

    /// <summary>Tells the scheduler that the device does not begin what it was given until it has heard it.</summary>
    public Task Refuse(WorkAssignment next) => Until(
        async () =>
        {
            await scheduler.AsReference<ISchedulerNews>().Refused(worker, next.Lease).WaitAsync(timings.CallTimeout, time);
            return true;
        },
        $"take back {next.WorkId}");

    public void Unreachable(Exception exception, string purpose) => LogUnreachable(exception, work.WorkId, purpose);

    private Task<WorkAssignment?> Released(bool takesNext) =>
        scheduler.Released(worker, work.WorkId, work.Generation, work.Lease, takesNext).WaitAsync(timings.CallTimeout, time);

    private async Task<bool?> TryTell(WorkReport report, string purpose) =>
        await Try(() => Tell(report), purpose) is (true, var wanted) ? wanted : null;

    private async Task<bool> TryRelease()
    {
        var (isHeard, _) = await Try(() => Released(takesNext: false), ReleaseDevice);
        if (isHeard) LogUntold(work.WorkId, work.Generation, timings.OwnerPatience, worker);
        return isHeard;
    }

    private async Task<T> Until<T>(Func<Task<T>> call, string purpose)
    {
        while (true)
        {
            if (await Try(call, purpose) is (true, var answer)) return answer!;
            await Task.Delay(RetryDelay, time);
        }
    }

    private async Task<(bool IsHeard, T? Answer)> Try<T>(Func<Task<T>> call, string purpose)
    {
        try
        {
            return (true, await call());
        }
        catch (Exception e)
        {
            Unreachable(e, purpose);
            return default;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Telling the owner of work {WorkId} generation {Generation} how it ended: "
        + "nobody could be told for {Patience} (Pgm:OwnerPatience), so {Worker} is released; "
        + "the work is done again once its owner can be reached")]
    private partial void LogUntold(string workId, long generation, TimeSpan patience, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId}: nobody answered who could {Purpose}")]
    private partial void LogUnreachable(Exception exception, string workId, string purpose);
}
