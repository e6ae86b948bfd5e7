namespace PgmCluster.Grains.Tests.Scheduling;

public class PlacementPlannerTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Gang_TooFewFree_GetsNone()
    {
        var cluster = SimulatedCluster.With(3);
        cluster.Submit("other");
        cluster.Submit("gang", min: 3);
        cluster.Run();
        Assert.Equal((1, 0), (cluster.Has("other"), cluster.Has("gang")));
        Assert.Equal("needs 3 devices at once: 2 free of 3, busy with other since 00:00:00 UTC", cluster.Reason("gang"));
    }

    [Fact]
    public void Gang_EnoughFree_GetsAsManyAsItCanUse()
    {
        var cluster = SimulatedCluster.With(4);
        cluster.Submit("gang", min: 2, max: 3);
        cluster.Run();
        Assert.Equal(3, cluster.Has("gang"));
    }

    [Fact]
    public void Gang_AnotherWaits_LeavesTheSurplusToIt()
    {
        var cluster = SimulatedCluster.With(4);
        cluster.Submit("first", min: 2, max: 4);
        cluster.Submit("second", min: 2, max: 4);
        cluster.Run();
        Assert.Equal((2, 2), (cluster.Has("first"), cluster.Has("second")));
    }

    [Fact]
    public void Gang_DeviceComesBack_Grows()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Submit("gang", min: 1, max: 3);
        cluster.Run();
        Assert.Equal(2, cluster.Has("gang"));
        cluster.Add("w09");
        cluster.Run();
        Assert.Equal(3, cluster.Has("gang"));
    }

    [Fact]
    public void Gang_WaitingGangNeedsTheDevice_DoesNotGrow()
    {
        var cluster = SimulatedCluster.With(3);
        cluster.Submit("running", min: 2, max: 4);
        cluster.Run();
        cluster.Remove("w02");
        cluster.Run();
        cluster.Submit("waiting", min: 2);
        cluster.Add("w02");
        cluster.Run();
        Assert.Equal((2, 0), (cluster.Has("running"), cluster.Has("waiting")));
        cluster.Add("w03");
        cluster.Run();
        Assert.Equal(2, cluster.Has("waiting"));
    }

    [Fact]
    public void Gang_BelowItsMinimum_ComesBeforeLaterWork()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Submit("gang", min: 2);
        cluster.Run();
        cluster.Pass(Minute);
        cluster.Submit("later");
        cluster.Remove("w01");
        cluster.Run();
        Assert.Equal(1, cluster.Has("gang"));
        Assert.StartsWith("runs with 1 of at least 2 devices: ", cluster.Reason("gang"));
        cluster.Add("w05");
        cluster.Run();
        Assert.Equal((2, 0), (cluster.Has("gang"), cluster.Has("later")));
    }

    [Fact]
    public void SmallWork_GangIsPatient_PassesIt()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Submit("a");
        cluster.Run();
        cluster.Submit("gang", min: 2);
        cluster.Submit("b");
        cluster.Run();
        Assert.Equal((1, 0, 1), (cluster.Has("a"), cluster.Has("gang"), cluster.Has("b")));
    }

    [Fact]
    public void SmallWork_GangHasWaitedLong_MustWaitToo()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Submit("a");
        cluster.Run();
        cluster.Submit("gang", min: 2);
        cluster.Pass(Minute);
        cluster.Submit("b");
        cluster.Run();
        Assert.Equal((0, 0), (cluster.Has("gang"), cluster.Has("b")));
        Assert.Equal(
            "waits for a device: 2 devices, busy with a since 00:00:00 UTC, 1 held for gang, which waits longer, 1 before it",
            cluster.Reason("b"));
        Assert.EndsWith("free ones are held for it", cluster.Reason("gang"));
        cluster.Finish("a");
        cluster.Run();
        Assert.Equal((2, 0), (cluster.Has("gang"), cluster.Has("b")));
    }

    [Fact]
    public void Gangs_TwoAtTheEndOfTheirPatience_DoNotHoldUpEachOther()
    {
        var cluster = SimulatedCluster.With(4);
        foreach (var id in new[] { "a", "b", "c", "d" }) cluster.Submit(id);
        cluster.Run();
        cluster.Submit("first", min: 3, user: "x");
        cluster.Submit("second", min: 3, user: "y");
        cluster.Pass(2 * Minute);
        foreach (var id in new[] { "a", "b", "c" })
        {
            cluster.Finish(id);
            cluster.Run();
        }
        Assert.Equal((3, 0), (cluster.Has("first"), cluster.Has("second")));
    }

    [Fact]
    public void HigherPriority_NothingFree_TakesTheSurplusOfAGangFirst()
    {
        var cluster = SimulatedCluster.With(3);
        cluster.Submit("gang", min: 1, max: 2);
        cluster.Submit("single");
        cluster.Run();
        cluster.Submit("urgent", priority: 1);
        cluster.Run();
        Assert.Equal((1, 1, 0), (cluster.Has("gang"), cluster.Has("single"), cluster.Has("urgent")));
        Assert.Contains("gang stops for it", cluster.Reason("urgent"));
        cluster.Settle();
        cluster.Run();
        Assert.Equal(1, cluster.Has("urgent"));
    }

    [Fact]
    public void HigherPriority_GangNeeded_TakesWholeLowerWorkNewestFirst()
    {
        var cluster = SimulatedCluster.With(3);
        foreach (var id in new[] { "oldest", "middle", "newest" })
        {
            cluster.Submit(id);
            cluster.Run();
            cluster.Pass(Minute);
        }
        cluster.Submit("urgent", min: 2, priority: 1);
        cluster.Run();
        Assert.Equal((1, 0, 0), (cluster.Has("oldest"), cluster.Has("middle"), cluster.Has("newest")));
        Assert.Contains("stopped for work of higher priority", cluster.Reason("newest"));
        // One device is free before the other: it is nobody else's.
        cluster.End(cluster.Leases.Single(l => l.WorkId == "newest"));
        cluster.Submit("late");
        cluster.Run();
        Assert.Equal((0, 0), (cluster.Has("newest"), cluster.Has("late")));
        cluster.Settle();
        cluster.Run();
        Assert.Equal(2, cluster.Has("urgent"));
        cluster.Finish("urgent");
        cluster.Run();
        Assert.Equal((1, 1, 0), (cluster.Has("middle"), cluster.Has("newest"), cluster.Has("late")));
    }

    [Fact]
    public void HigherPriority_NotEnoughEvenSo_StopsNothing()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Submit("low");
        cluster.Submit("same", priority: 1);
        cluster.Run();
        cluster.Submit("urgent", min: 2, priority: 1);
        cluster.Run();
        Assert.Equal((1, 1), (cluster.Has("low"), cluster.Has("same")));
    }

    [Fact]
    public void HigherPriority_OneLargeGangIsEnough_SparesTheSmallOne()
    {
        var cluster = SimulatedCluster.With(3);
        cluster.Submit("gang", min: 2);
        cluster.Run();
        cluster.Pass(Minute);
        cluster.Submit("single");
        cluster.Run();
        cluster.Submit("urgent", min: 2, priority: 5);
        cluster.Run();
        Assert.Equal((0, 1), (cluster.Has("gang"), cluster.Has("single")));
    }

    [Fact]
    public void EqualPriority_NothingFree_Waits()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Submit("gang", min: 1, max: 2, priority: 3);
        cluster.Run();
        cluster.Submit("same", priority: 3, user: "other");
        cluster.Run();
        Assert.Equal((2, 0), (cluster.Has("gang"), cluster.Has("same")));
    }

    [Fact]
    public void LowPriority_HasWaitedLong_GoesFirstAndKeepsItsDeviceForAWhile()
    {
        var cluster = SimulatedCluster.With(1);
        cluster.Submit("first", priority: 1);
        cluster.Run();
        cluster.Submit("low");
        cluster.Pass(20 * Minute);
        cluster.Submit("high", priority: 1);
        cluster.Finish("first");
        cluster.Run();
        Assert.Equal((1, 0), (cluster.Has("low"), cluster.Has("high")));
        cluster.Pass(9 * Minute);
        cluster.Run();
        Assert.Equal(1, cluster.Has("low"));
        cluster.Pass(2 * Minute);
        cluster.Run();
        cluster.Settle();
        cluster.Run();
        Assert.Equal((0, 1), (cluster.Has("low"), cluster.Has("high")));
    }

    [Fact]
    public void Users_EqualPriority_ShareTheDevices()
    {
        var cluster = SimulatedCluster.With(4);
        for (var i = 0; i < 4; i++) cluster.Submit($"a{i}", user: "ann");
        for (var i = 0; i < 4; i++) cluster.Submit($"b{i}", user: "bob");
        cluster.Run();
        Assert.Equal(2, cluster.Leases.Count(l => l.User == "ann"));
        Assert.Equal(2, cluster.Leases.Count(l => l.User == "bob"));
        cluster.Submit("c0", user: "cid");
        cluster.Finish("a0");
        cluster.Run();
        Assert.Equal(1, cluster.Has("c0"));
        Assert.Contains("(user bob has 2 devices, user ann 1)", cluster.Reason("b2"));
    }

    [Fact]
    public void Numerics_OthersOnly_WaitsAndSaysSo()
    {
        var cluster = SimulatedCluster.With(2, "avx2");
        cluster.Submit("run", numerics: "avx512");
        cluster.Submit("any");
        cluster.Run();
        Assert.Equal((0, 1), (cluster.Has("run"), cluster.Has("any")));
        Assert.Equal(
            "needs 1 device with the numerics it was begun with (avx512): 0 of the cluster's 2 have them. Add such a device",
            cluster.Reason("run"));
        cluster.Add("w09", "avx512");
        cluster.Run();
        Assert.Equal("w09", cluster.LeasesOf("run").Single().Worker);
    }

    [Fact]
    public void Gang_LargerThanTheCluster_SaysSoAndHoldsNothing()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Submit("gang", min: 3);
        cluster.Pass(5 * Minute);
        cluster.Submit("a");
        cluster.Submit("b");
        cluster.Run();
        Assert.Equal((1, 1), (cluster.Has("a"), cluster.Has("b")));
        Assert.Equal("needs 3 devices at once, the cluster has 2: add a silo, or start it with fewer workers", cluster.Reason("gang"));
    }

    [Fact]
    public void Gang_StreamOfSmallWorkOfOthers_IsServedWithinItsPatienceAndOneRound()
    {
        var cluster = SimulatedCluster.With(3);
        foreach (var id in new[] { "a", "b", "c" }) cluster.Submit(id, user: id);
        cluster.Run();
        cluster.Submit("gang", min: 3, user: "ann");
        for (var i = 0; cluster.Has("gang") == 0; i++)
        {
            Assert.True(cluster.Now - SimulatedCluster.Epoch < 4 * Minute, "The gang starves.");
            cluster.Submit($"s{i}", user: $"u{i}");
            cluster.Run();
            cluster.Pass(TimeSpan.FromSeconds(10));
            if (cluster.Leases.OrderBy(l => l.Since).FirstOrDefault() is { } oldest && i % 2 == 0) cluster.Finish(oldest.WorkId);
        }
    }
}
