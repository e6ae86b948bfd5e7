using System.Collections;
using Microsoft.Extensions.Logging.Abstractions;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Scheduling;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Tests.Scheduling;

public class WorkQueueTests
{
    private static DateTimeOffset Now => SimulatedCluster.Epoch;

    /// <summary>What is written when a device ends one of many parts and is given the next: as much as with a short queue.</summary>
    [Fact]
    public void Change_OneEndsAndTheNextIsPlaced_WritesAsManyRowsAndBytesWithAThousandTimesTheQueue()
    {
        var (few, many) = (ChangeOfAPlacement(10), ChangeOfAPlacement(10_000));
        Assert.Equal((0, 1), (many.Work.Put.Count, many.Work.Removed.Count));
        Assert.Equal((1, 1), (many.Leases.Put.Count, many.Leases.Removed.Count));
        Assert.Equal((1, 0), (many.Usage.Put.Count, many.Reservations.Put.Count));
        Assert.Equal(WorkJson.Write(few), WorkJson.Write(many));
    }

    /// <summary>The same where the device goes to one of fifty gangs that would grow.</summary>
    [Fact]
    public void Change_OneEndsAndAGangGrows_WritesAsManyRowsAndBytesWithAThousandTimesTheQueue()
    {
        var (few, many) = (ChangeOfAGrowth(10), ChangeOfAGrowth(10_000));
        Assert.Equal((0, 1), (many.Work.Put.Count, many.Work.Removed.Count));
        Assert.Equal((1, 1), (many.Leases.Put.Count, many.Leases.Removed.Count));
        Assert.Equal((1, 0), (many.Usage.Put.Count, many.Reservations.Put.Count));
        Assert.Equal(WorkJson.Write(few), WorkJson.Write(many));
    }

    [Fact]
    public void Undo_WhateverChanged_IsAsItWasStored()
    {
        var queue = Queue(3);
        var before = WorkJson.Write((queue.Work, queue.Leases, queue.LastLease));
        queue.Remove(queue.Find("part-00001")!);
        queue.Put(queue.Find("part-00002")! with { Generation = 2 }, "{}");
        queue.Put(Work(9), "{}");
        queue.Put(new DeviceLease { Worker = "w", Number = queue.NextLease(), WorkId = "part-00002", Generation = 2 });
        queue.Put(new LeaseLoss { Worker = "w", Number = 1, WorkId = "part-00001", Generation = 1 });
        queue.Put(new UserUsage { User = "ann", Seconds = 5, AsOf = Now });
        queue.Reserve([new DeviceReservation { Worker = "w", WorkId = "part-00002" }]);
        Assert.True(queue.HasChanged);

        queue.Undo();

        Assert.False(queue.HasChanged);
        Assert.Equal(before, WorkJson.Write((queue.Work, queue.Leases, queue.LastLease)));
        Assert.Equal(["part-00000", "part-00001", "part-00002"], queue.Work.Select(w => w.WorkId));
        Assert.Empty(queue.LeasesOf("part-00002"));
        Assert.Empty(queue.Losses);
        Assert.Empty(queue.LossesOf("part-00001"));
        Assert.Empty(queue.Usage);
        Assert.Empty(queue.Reservations);
    }

    [Fact]
    public void HasChanged_WhatWasChangedIsAsBefore_IsFalseAndNothingIsWritten()
    {
        var queue = Queue(2);
        queue.Reserve([new DeviceReservation { Worker = "w", WorkId = "part-00001" }]);
        queue.Stored(2);
        queue.Reserve([]);
        queue.Reserve([new DeviceReservation { Worker = "w", WorkId = "part-00001" }]);
        Assert.False(queue.HasChanged);
        Assert.Empty(queue.Change().Reservations.Put);
    }

    /// <summary>Not the time, but the work that is looked at: where no device is free, the first of the like speaks for all.</summary>
    [Fact]
    public void Plan_ManyWaitForOneDevice_LooksAtAsManyAsItHasDevicesAndOneMore()
    {
        var queue = Queue(10_000);
        var line = new CountedLine(Assert.Single(queue.Lines));
        var plan = PlacementPlanner.Plan(
            new SchedulingView
            {
                Now = Now,
                Devices = [new PlannedDevice("a", "x", true), new PlannedDevice("b", "x", true)],
                Work = queue.Singly,
                Lines = [line],
                Leases = queue.Leases,
            },
            new SchedulingPolicy());
        Assert.Equal(["part-00000", "part-00001"], plan.Placements.Select(p => p.Work.WorkId));
        Assert.Equal(3, line.Seen);
    }

    [Fact]
    public void Singly_WorkThatIsPlaced_LeavesItsLineAndComesBackWhenThatIsUndone()
    {
        var queue = Queue(3);
        queue.Put(new DeviceLease { Worker = "w", Number = queue.NextLease(), WorkId = "part-00001", Generation = 1 });
        Assert.Equal(["part-00001"], queue.Singly.Select(w => w.WorkId));
        Assert.Equal(["part-00000", "part-00002"], Assert.Single(queue.Lines).Select(w => w.WorkId));
        queue.Undo();
        Assert.Empty(queue.Singly);
        Assert.Equal(3, Assert.Single(queue.Lines).Count);
    }

    private static ScheduledWork Work(int index) => new()
    {
        WorkId = $"part-{index:00000}",
        Number = index + 1,
        Generation = 1,
        Kind = "fake",
        Owner = "owner/job",
        SubmittedAt = Now,
        WaitingSince = Now,
        User = "ann",
    };

    /// <summary>A member that ends by itself is probably the first of all; one whose silo leaves has ended nothing, and is missed.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Release_AMemberOfAGang_IsFollowedAtOnceWhereItsSiloLeaves(bool stays, bool isFollowed)
    {
        var gang = Work(0) with { MaxWorkers = 2 };
        var queue = new WorkQueue(new SchedulerContent
        {
            Version = 1,
            LastLease = 2,
            Work = [gang],
            Leases = [.. Enumerable.Range(0, 2).Select(device => new DeviceLease
            {
                Worker = $"silo/cpu:{device}",
                Number = device + 1,
                WorkId = gang.WorkId,
                Generation = 1,
                User = "ann",
                Since = Now,
                GrantedAt = Now,
            })],
        });
        var ledger = new SchedulerLedger(queue, new Timings(), NullLogger.Instance);

        ledger.Release("silo/cpu:1", gang.WorkId, 1, 2, stays, Now.AddSeconds(5));

        Assert.Equal(isFollowed, Place(queue, ledger, Now.AddSeconds(5), devices: 2).Count == 1);
    }

    private static WorkQueue Queue(int works) => new(new SchedulerContent { Version = 1, Work = [.. Enumerable.Range(0, works).Select(Work)] });

    private static SchedulerChange ChangeOfAPlacement(int works)
    {
        var queue = Queue(works);
        var ledger = new SchedulerLedger(queue, new Timings(), NullLogger.Instance);
        var (first, _) = Assert.Single(Place(queue, ledger, Now));
        Assert.Equal("part-00000", first.WorkId);
        queue.Stored(2);

        var later = Now.AddSeconds(5);
        ledger.Release("silo/cpu:0", first.WorkId, first.Generation, first.Number, stays: true, later);
        var (second, _) = Assert.Single(Place(queue, ledger, later));
        Assert.Equal("part-00001", second.WorkId);
        return queue.Change();
    }

    /// <summary>Fifty gangs have two devices each, and one device does the first of the parts.</summary>
    private static SchedulerChange ChangeOfAGrowth(int parts)
    {
        const int Gangs = 50, Devices = (2 * Gangs) + 1;
        var work = Enumerable.Range(0, Gangs + parts)
            .Select(i => i < Gangs ? Work(i) with { WorkId = $"gang-{i:00}", MinWorkers = 2, MaxWorkers = 8, Priority = 1 } : Work(i))
            .ToList();
        var queue = new WorkQueue(new SchedulerContent
        {
            Version = 1,
            LastLease = Devices,
            Work = work,
            Leases = [.. Enumerable.Range(0, Devices).Select(device => new DeviceLease
            {
                Worker = $"silo/cpu:{device}",
                Number = device + 1,
                WorkId = work[device / 2].WorkId,
                Generation = 1,
                User = "ann",
                Since = Now,
                GrantedAt = Now,
            })],
        });
        var ledger = new SchedulerLedger(queue, new Timings(), NullLogger.Instance);
        var later = Now.AddSeconds(5);
        ledger.Release($"silo/cpu:{Devices - 1}", work[Gangs].WorkId, 1, Devices, stays: true, later);
        var (grown, _) = Assert.Single(Place(queue, ledger, later, Devices));
        Assert.StartsWith("gang-", grown.WorkId);
        return queue.Change();
    }

    private static List<(DeviceLease Lease, ScheduledWork Work)> Place(
        WorkQueue queue, SchedulerLedger ledger, DateTimeOffset now, int devices = 1)
    {
        var given = new List<(DeviceLease, ScheduledWork)>();
        var view = new SchedulingView
        {
            Now = now,
            Devices = [.. Enumerable.Range(0, devices).Select(device => new PlannedDevice($"silo/cpu:{device}", "x", true))],
            Work = queue.Singly,
            Lines = queue.Lines,
            Leases = queue.Leases,
            NotGrowing = ledger.NotGrowing(now),
        };
        ledger.Apply(PlacementPlanner.Plan(view, new SchedulingPolicy()), _ => "incarnation", now, given);
        return given;
    }

    private sealed class CountedLine(IReadOnlyCollection<ScheduledWork> line) : IReadOnlyCollection<ScheduledWork>
    {
        public int Seen { get; private set; }

        public int Count => line.Count;

        public IEnumerator<ScheduledWork> GetEnumerator()
        {
            foreach (var work in line)
            {
                Seen++;
                yield return work;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
