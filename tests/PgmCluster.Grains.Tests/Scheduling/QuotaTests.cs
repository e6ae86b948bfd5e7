using PgmCluster.Grains.Options;

namespace PgmCluster.Grains.Tests.Scheduling;

/// <summary>What users may have at once.</summary>
public class QuotaTests
{
    [Fact]
    public void Devices_AboveTheQuota_WaitAndSayWhy_AndHoldUpNobody()
    {
        var cluster = SimulatedCluster.With(4);
        cluster.Limit("ann devices=2");
        for (var i = 0; i < 3; i++) cluster.Submit($"a{i}", priority: 5, user: "ann");
        cluster.Submit("b0", user: "bob");
        cluster.Run();

        Assert.Equal((1, 1, 0, 1), (cluster.Has("a0"), cluster.Has("a1"), cluster.Has("a2"), cluster.Has("b0")));
        Assert.Equal("quota of ann: 2 devices, 2 in use", cluster.Reason("a2"));

        cluster.Finish("a0");
        cluster.Run();
        Assert.Equal(1, cluster.Has("a2"));
    }

    [Fact]
    public void Devices_OfWhoIsNotNamed_AreLimitedForEachAlone()
    {
        var cluster = SimulatedCluster.With(6);
        cluster.Limit("ann devices=3; * devices=1");
        foreach (var user in new[] { "ann", "bob", "" })
        {
            for (var i = 0; i < 3; i++) cluster.Submit($"{user}{i}", user: user);
        }
        cluster.Run();

        int Of(string user) => Enumerable.Range(0, 3).Sum(i => cluster.Has($"{user}{i}"));
        Assert.Equal((3, 1, 1), (Of("ann"), Of("bob"), Of("")));
        Assert.Equal("quota of those who gave no name: 1 device, 1 in use", cluster.Reason("2"));
    }

    [Fact]
    public void Gang_GrowsUpToTheQuota_AndOneThatNeedsMoreIsToldSo()
    {
        var cluster = SimulatedCluster.With(6);
        cluster.Limit("ann devices=3");
        cluster.Submit("large", min: 4, user: "ann");
        cluster.Submit("grows", min: 2, max: 5, user: "ann");
        cluster.Run();

        Assert.Equal((0, 3), (cluster.Has("large"), cluster.Has("grows")));
        Assert.Equal(
            "quota of ann: 3 devices, and it needs 4 at once: start it with fewer workers, or raise the quota", cluster.Reason("large"));
    }

    [Fact]
    public void Gang_BelowItsMinimum_IsCompletedUpToTheQuotaOnly()
    {
        var cluster = SimulatedCluster.With(4);
        cluster.Submit("gang", min: 3, user: "ann");
        cluster.Run();
        cluster.Remove("w02");
        cluster.Limit("ann devices=2");
        cluster.Run();

        Assert.Equal(2, cluster.Has("gang"));
        Assert.StartsWith("quota of ann: 2 devices", cluster.Reason("gang"));
    }

    [Fact]
    public void Priority_AboveTheQuota_TakesNothingAway()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Limit("ann devices=1");
        cluster.Submit("a0", user: "ann");
        cluster.Submit("b0", user: "bob");
        cluster.Run();
        cluster.Submit("a1", priority: 9, user: "ann");
        cluster.Run();

        Assert.Equal((1, 1, 0), (cluster.Has("a0"), cluster.Has("b0"), cluster.Has("a1")));
        Assert.Equal(0, cluster.Preemptions);
    }

    /// <summary>What is being freed for a user counts, although it is not there yet.</summary>
    [Fact]
    public void Priority_OfMoreThanTheQuota_FreesNoMoreThanTheQuota()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Limit("ann devices=1");
        for (var i = 0; i < 2; i++) cluster.Submit($"b{i}", user: "bob");
        cluster.Run();
        for (var i = 0; i < 2; i++) cluster.Submit($"a{i}", priority: 9, user: "ann");
        cluster.Run();
        cluster.Settle();
        cluster.Run();

        Assert.Equal(1, cluster.Preemptions);
        Assert.Equal((1, 0), (cluster.Has("a0"), cluster.Has("a1")));
        Assert.Equal(1, cluster.Has("b0") + cluster.Has("b1"));
    }

    [Theory]
    [InlineData("", null, null, null)]
    [InlineData("ann devices=2 jobs=10; * devices=4", 2, 10, null)]
    [InlineData("bob jobs=1;* devices=4 jobs=3;", 4, 3, null)]
    [InlineData("bob jobs=1", null, null, null)]
    [InlineData("ann bytes=500G", null, null, 500_000_000_000)]
    [InlineData("* bytes=0 jobs=1", null, 1, 0L)]
    [InlineData("* bytes=7", null, null, 7L)]
    public void Parse_Text_GivesTheUsersOwnOrThatOfAll(string text, int? devices, int? jobs, long? bytes)
    {
        var quota = UserQuotas.Parse(text, out var problems).Of("ann");

        Assert.Empty(problems);
        Assert.Equal((devices, jobs, bytes), (quota.Devices, quota.Jobs, quota.Bytes));
        Assert.Equal(bytes is not null, UserQuotas.Parse(text, out _).LimitBytes);
    }

    [Theory]
    [InlineData("ann devices=-1", "'devices=-1' for ann")]
    [InlineData("ann gpus=1", "'gpus=1' for ann")]
    [InlineData("ann bytes=G", "'bytes=G' for ann")]
    [InlineData("ann bytes=5X", "'bytes=5X' for ann")]
    [InlineData("ann bytes=10000000T", "'bytes=10000000T' for ann")]
    [InlineData("devices=1", "'devices=1'")]
    [InlineData("ann", "'ann'")]
    [InlineData("ann jobs=1; ann jobs=2", "names ann twice")]
    public void Parse_WhatIsNone_SaysWhatToWrite(string text, string found)
    {
        UserQuotas.Parse(text, out var problems);

        Assert.Contains($"{found}", Assert.Single(problems));
        Assert.Contains("write NAME devices=N jobs=N bytes=N", problems[0]);
    }
}
