using PgmCluster.Execution.Work;
using PgmCluster.Grains.Devices;
using PgmCluster.Grains.Scheduling;
using PgmCluster.TestSupport;

namespace PgmCluster.Grains.Tests.Samples;

/// <summary>States that released versions wrote must stay readable: the samples are never edited.</summary>
public class DeviceSchedulerStateTests
{
    private static string Sample(string name) =>
        File.ReadAllText(Path.Combine(RepositoryRoot.Path, "tests", "PgmCluster.Grains.Tests", "Samples", name));

    [Fact]
    public void Read_SampleFromBeforeGangs_IsWorkForOneDevice()
    {
        var state = WorkJson.Read<DeviceSchedulerState>(Sample("device-scheduler.v1.json"));
        var work = state.Work[0];

        Assert.Equal(
            ("run", 3L, 1, 1, 0, "", null),
            (work.WorkId, work.Generation, work.MinWorkers, work.MaxWorkers, work.Priority, work.User, work.Numerics));
        Assert.Equal(
            ("silo/cpu:0", "abc", "", 0L),
            (state.Leases[0].Worker, state.Leases[0].Incarnation, state.Leases[0].User, state.Leases[0].Number));
        Assert.Empty(state.Reservations);
        Assert.Empty(state.Usage);

        // It waits since it was submitted, and is placed.
        var plan = PlacementPlanner.Plan(
            new SchedulingView
            {
                Now = state.Work[1].SubmittedAt.AddMinutes(1),
                Devices = [new PlannedDevice("silo/cpu:1", "x", true)],
                Work = state.Work,
                Leases = state.Leases,
            },
            new SchedulingPolicy());
        Assert.Equal(new Grains.Scheduling.Placement("silo/cpu:1", state.Work[1], 0), plan.Placements.Single());
    }

    [Fact]
    public void Read_SampleWithGangs_GivesEveryField()
    {
        var state = WorkJson.Read<DeviceSchedulerState>(Sample("device-scheduler.gangs.json"));
        Assert.Equal(WorkJson.Write(Full()), WorkJson.Write(state));
    }

    [Fact]
    public void Copy_Full_SharesNothingThatChanges()
    {
        var state = Full();
        var copy = state.Copy();
        Assert.Equal(WorkJson.Write(state), WorkJson.Write(copy));
        (state.Work[0].Priority, state.Leases[0].Stopping, state.Usage[0].Seconds, state.Reservations[0].Worker) = (9, false, 0, "other");
        Assert.Equal(WorkJson.Write(Full()), WorkJson.Write(copy));
    }

    private static DeviceSchedulerState Full()
    {
        var time = new DateTimeOffset(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);
        return new DeviceSchedulerState
        {
            LastLease = 7,
            Work =
            [
                new ScheduledWork
                {
                    WorkId = "run", Generation = 3, Kind = "train", Document = "{}", Owner = "trainingrun/run", SubmittedAt = time,
                    MinWorkers = 2, MaxWorkers = 4, Priority = 1,
                    User = "ann", Numerics = "x", WaitingSince = time.AddMinutes(1), GrantedPriority = 2, GrantedAt = time.AddMinutes(2),
                },
            ],
            Leases = [new DeviceLease { Worker = "silo/cpu:0", Incarnation = "abc", WorkId = "run", Generation = 3, Since = time,
                Stopping = true, User = "ann", Number = 7 }],
            Reservations = [new DeviceReservation { Worker = "silo/cpu:1", WorkId = "next" }],
            Usage = [new UserUsage { User = "ann", Seconds = 12.5, AsOf = time }],
        };
    }
}
