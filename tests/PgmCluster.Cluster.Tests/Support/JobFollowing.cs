using PgmCluster.Cli.Jobs;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Jobs;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Support;

/// <summary>Follows jobs by their own events, with a deadline.</summary>
internal static class JobFollowing
{
    /// <summary>Only what hangs takes as long: devices compute below everybody else's priority, and machines differ four times in speed.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Watches until <paramref name="holds"/>.</summary>
    /// <exception cref="HarnessException">It came to rest before that, or took too long.</exception>
    public static async Task<JobEvent> UntilAsync(this IJobGrain job, string expected, Func<JobEvent, bool> holds)
    {
        using var deadline = new CancellationTokenSource(Limit);
        JobEvent? last = null;
        try
        {
            await foreach (var e in job.WatchToRest(cancellation: deadline.Token))
            {
                last = e;
                if (holds(e)) return e;
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new HarnessException(
                $"Waiting until {expected}: it was not so within {Limit.TotalSeconds:0} s. Last seen: {last}");
        }
        throw new HarnessException($"Waiting until {expected}: the job came to rest before. Last seen: {last}");
    }

    /// <summary>Watches until the job is completed.</summary>
    /// <exception cref="Cli.Errors.JobEndedException">It came to rest in another way.</exception>
    public static async Task<JobStatus> ToCompletionAsync(this IJobGrain job)
    {
        using var deadline = new CancellationTokenSource(Limit);
        JobEvent? last = null;
        try
        {
            return await JobWaiting.ToCompletionAsync(job, e => last = e, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new HarnessException(
                $"Waiting for the completion of a job: it did not come within {Limit.TotalSeconds:0} s. Last seen: {last}");
        }
    }

    /// <summary>The silo whose device does a piece of work whose id begins so.</summary>
    public static async Task<string> FindWorkerAsync(this IGrainFactory grains, string work)
    {
        var devices = await Until
            .Holds($"a device does '{work}'", async () => await grains.GetGrain<IDevicesGrain>("default").GetDevices(),
            all => all.Any(d => d.Work?.StartsWith(work, StringComparison.Ordinal) == true));
        return devices.First(d => d.Work?.StartsWith(work, StringComparison.Ordinal) == true).SiloName;
    }
}
