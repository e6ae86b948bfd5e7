using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Recovery;
using PgmCluster.Grains.Tests.Support;
using static PgmCluster.Grains.Tests.Support.Waits;

namespace PgmCluster.Grains.Tests.Placement;

/// <summary>What coordinates is beside devices only while there is no control silo, and work goes on while it moves.</summary>
public sealed class ReturnToControlTests
{
    [Fact]
    public async Task ControlSilo_ComesLater_WhatCoordinatesGoesThere_AndWorkAndWatchersGoOn()
    {
        await using var cluster = await GrainCluster.Start(controlLater: true);
        var (run, item) = await cluster.StartRun();
        await GrainCluster.Until(run, e => e.Phase == JobPhase.Running, "running");
        using var watched = new CancellationTokenSource(Limit);
        var seen = WatchAsync(run, watched.Token);

        var control = await cluster.Silos.StartAdditionalSiloAsync();

        var management = cluster.Grains.GetGrain<IManagementGrain>(0);
        IAddressable[] residents =
        [
            run, cluster.Scheduler, cluster.Grains.GetGrain<ILeaseGrain>("default"), cluster.Grains.GetGrain<ICatalogGrain>("jobs"),
            cluster.Grains.GetGrain<IJobSupervisorGrain>("jobs"),
        ];
        foreach (var resident in residents)
        {
            await Eventually(
                $"{resident.GetGrainId()} is on the control silo",
                async () =>
                {
                    // Who is asked nothing stays where it is, and disturbs nobody there.
                    await Task.WhenAll(run.GetStatus(), cluster.Grains.GetGrain<IJobSupervisorGrain>("jobs").WakeSoon(JobKind.Training, "run"));
                    await cluster.Grains.GetGrain<ICatalogGrain>("jobs").Find("run");
                    await cluster.Scheduler.GetGenerations(["run"]);
                    return $"{await management.GetActivationAddress(resident)}";
                },
                address => address == $"{control.SiloAddress}");
        }
        Assert.False(item.Interrupted.IsCompleted);
        item.Progress(50, 100);
        await GrainCluster.Until(run, e => e.Progress.Done == 50, "progress by way of the new place");
        item.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);
        Assert.Equal(1, (await run.GetStatus()).Attempt);
        Assert.Equal(JobPhase.Completed, await seen);
        Assert.Single(cluster.Work.Created);
    }

    /// <summary>As clients do: again where the stream ends before the job does.</summary>
    private static async Task<JobPhase> WatchAsync(ITrainingRunGrain run, CancellationToken cancellation)
    {
        var last = JobPhase.Queued;
        await foreach (var seen in run.WatchToRest(TimeSpan.FromMinutes(5), cancellation)) last = seen.Phase;
        return last;
    }
}
