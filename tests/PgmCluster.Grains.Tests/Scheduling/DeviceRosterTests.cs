using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Scheduling.Roster;

namespace PgmCluster.Grains.Tests.Scheduling;

/// <summary>The scheduler hears what silos said a moment ago, and from devices what they end in the meantime.</summary>
public class DeviceRosterTests
{
    private const string Worker = "a/cpu:0";
    private static readonly DateTimeOffset Now = SimulatedCluster.Epoch;
    private readonly DeviceRoster _roster = new();
    private long _heartbeats;

    [Fact]
    public void Take_ItEndedWhatItsSiloSaidMeanwhile_IsIdle()
    {
        Take(0, 0, "one");
        Assert.False(Device.IsIdle);
        Device.Ended("one", At(1));
        Assert.True(Device.IsIdle);
        // Said before, heard after.
        Take(2, 1.5, "one");
        Assert.True(Device.IsIdle);
        Device.Given();
        Take(4, 0.1, "two");
        Assert.Equal("two", Device.Info.Work);
    }

    /// <summary>Units that are shorter than the time between two heartbeats: the device never waits for one.</summary>
    [Fact]
    public void Take_ItEndedAndWasGivenAndEndedAnotherMeanwhile_IsIdle()
    {
        Take(0, 0, "one");
        Device.Ended("one", At(0.1));
        Device.Given();
        // Of when it did the first.
        Take(0.2, 0.2, "one");
        Device.Ended("two", At(0.3));
        Assert.True(Device.IsIdle);
        Device.Given();
        Take(0.4, 0.2, "one");
        Device.Ended("three", At(0.5));
        Assert.True(Device.IsIdle);
    }

    /// <summary>What its silo says has not changed, so that it is not said again.</summary>
    [Fact]
    public void Take_ItIsGivenTheSameWorkAgain_DoesItOnceItIsHeard()
    {
        Take(0, 0, "work");
        Device.Ended("work", At(1));
        Device.Given();
        Assert.Null(Device.Info.Work);
        Take(3, 0.5);
        Assert.Equal("work", Device.Info.Work);
    }

    [Fact]
    public void Take_OutUntilItIsHeardAgain_NotByWhatWasSaidBefore()
    {
        Take(0, 0, null);
        Device.PutOut(At(1));
        Assert.False(Device.IsIdle);
        Take(2, 1.5);
        Assert.False(Device.IsIdle);
        Take(4, 0.5);
        Assert.True(Device.IsIdle);
    }

    [Fact]
    public void Take_ASiloOfWhichNothingIsKnown_AllIsAskedFor()
    {
        Take(0, 0, null);
        Assert.NotNull(_roster.Reading);
        _roster.ForgetSilosBut(new HashSet<string>());
        Assert.Empty(_roster.All);
        Take(2, 0.5);
        Assert.Null(_roster.Reading);
        Take(4, 0.5, null);
        Assert.NotNull(_roster.Reading);
        Assert.Equal(Worker, Assert.Single(_roster.All).Worker);
    }

    [Fact]
    public void Take_ADeviceThatItsSiloNoLongerOffers_IsGone()
    {
        Take(0, 0, null);
        _roster.Take(new LeaseNews(new LeaseReading("life", ++_heartbeats), [new SiloNews("a", TimeSpan.Zero, [])]), At(1));
        Assert.Empty(_roster.All);
    }

    /// <summary>A silo is replaced by one of an older version: its last heartbeat is known for a while.</summary>
    [Fact]
    public void Take_WhatASiloSaidBeforeItsDeviceSpokeForItself_ChangesNothing()
    {
        Take(0, 0, null);
        _roster.Announced(Device.Info with { Incarnation = "two" }, At(5));
        Take(6, 6, null);
        Assert.Equal(("two", At(5)), (Device.Info.Incarnation, Device.LastSeen));
        Assert.Null(_roster.Reading);
        Take(8, 0, "work");
        Assert.Equal(("one", "work"), (Device.Info.Incarnation, Device.Info.Work));
        Assert.NotNull(_roster.Reading);
    }

    private RosterDevice Device => _roster.Find(Worker)!;

    private static DateTimeOffset At(double seconds) => Now.AddSeconds(seconds);

    /// <summary>Its silo said nothing new.</summary>
    private void Take(double now, double ago) => News(now, ago, null);

    private void Take(double now, double ago, string? work) => News(
        now, ago, [new DeviceInfo { Worker = Worker, SiloName = "a", Device = "cpu:0", Incarnation = "one", Work = work }]);

    private void News(double now, double ago, DeviceInfo[]? devices) => _roster.Take(
        new LeaseNews(new LeaseReading("life", ++_heartbeats), [new SiloNews("a", TimeSpan.FromSeconds(ago), devices)]), At(now));
}
