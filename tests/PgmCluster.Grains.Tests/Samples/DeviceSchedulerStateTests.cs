using PgmCluster.Execution.Work;
using PgmCluster.Grains.Scheduling;
using PgmCluster.Grains.Scheduling.Former;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.TestSupport;

namespace PgmCluster.Grains.Tests.Samples;

/// <summary>States that released versions wrote must stay readable, and become rows: the samples are never edited.</summary>
public class DeviceSchedulerStateTests
{
    private static SchedulerChange Rows(string name) => WorkJson.Read<DeviceSchedulerState>(
        File.ReadAllText(Path.Combine(RepositoryRoot.Path, "tests", "PgmCluster.Grains.Tests", "Samples", name))).ToRows();

    [Fact]
    public void ToRows_SampleFromBeforeGangs_IsWorkForOneDevice()
    {
        var rows = Rows("device-scheduler.v1.json");
        var (work, lease) = (rows.Work.Put[0], rows.Leases.Put[0]);

        Assert.Equal(
            ("run", 3L, 1, 1, 0, "", null),
            (work.WorkId, work.Generation, work.MinWorkers, work.MaxWorkers, work.Priority, work.User, work.Numerics));
        Assert.Equal(("silo/cpu:0", "abc", "", 0L), (lease.Worker, lease.Incarnation, lease.User, lease.Number));
        Assert.Empty(rows.Reservations.Put);
        Assert.Empty(rows.Usage.Put);

        // It waits since it was submitted, and is placed.
        var plan = PlacementPlanner.Plan(
            new SchedulingView
            {
                Now = rows.Work.Put[1].SubmittedAt.AddMinutes(1),
                Devices = [new PlannedDevice("silo/cpu:1", "x", true)],
                Work = rows.Work.Put,
                Leases = rows.Leases.Put,
            },
            new SchedulingPolicy());
        Assert.Equal(new Grains.Scheduling.Placement("silo/cpu:1", rows.Work.Put[1], 0), plan.Placements.Single());
    }

    [Fact]
    public void ToRows_SampleWithGangs_GivesEveryField()
    {
        var rows = Rows("device-scheduler.gangs.json");
        var time = new DateTimeOffset(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);
        Assert.Equal((0, 7), (rows.Version, rows.LastLease));
        Assert.Equal(
            [
                new ScheduledWork
                {
                    WorkId = "run", Generation = 3, Kind = "train", Owner = "trainingrun/run", SubmittedAt = time, Number = 1,
                    MinWorkers = 2, MaxWorkers = 4, Priority = 1, User = "ann", Numerics = "x", WaitingSince = time.AddMinutes(1),
                },
            ], rows.Work.Put);
        Assert.Equal("{}", rows.Documents["run"]);
        Assert.Equal(
            [
                new DeviceLease
                {
                    Worker = "silo/cpu:0", Incarnation = "abc", WorkId = "run", Generation = 3, Since = time, Stopping = true,
                    User = "ann", Number = 7, GrantedPriority = 2, GrantedAt = time.AddMinutes(2),
                },
            ], rows.Leases.Put);
        Assert.Equal([new DeviceReservation { Worker = "silo/cpu:1", WorkId = "next" }], rows.Reservations.Put);
        Assert.Equal([new UserUsage { User = "ann", Seconds = 12.5, AsOf = time }], rows.Usage.Put);
    }
}
