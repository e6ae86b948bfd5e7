namespace PgmCluster.Grains.Tests.Scheduling;

/// <summary>Work that is queued again while a device still ends what it was told to stop.</summary>
public class OlderGenerationTests
{
    [Fact]
    public void AfterOlder_DeviceStillEndsTheOlderGeneration_WaitsSaysSoAndLetsOthersPass()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Submit("unit");
        cluster.Run();
        cluster.SubmitAgain("unit");
        cluster.Run();
        Assert.Equal(0, cluster.Has("unit"));
        Assert.Equal(
            "waits until w00 has ended generation 1 of it, which writes the same files: where the device never does, restart its silo",
            cluster.Reason("unit"));
        cluster.Submit("other");
        cluster.Run();
        Assert.Equal("w01", cluster.LeasesOf("other").Single().Worker);

        cluster.Settle();
        cluster.Run();

        Assert.Equal("w00", cluster.LeasesOf("unit").Single().Worker);
    }

    [Fact]
    public void AfterOlder_NothingOfItIsLeft_IsPlacedAtOnce()
    {
        var cluster = SimulatedCluster.With(1);
        cluster.Submit("unit");
        cluster.SubmitAgain("unit");
        cluster.Run();
        Assert.Equal(1, cluster.Has("unit"));
    }

    [Fact]
    public void AfterOlder_OwnerSaysTheOlderHasEnded_IsPlacedAtOnce()
    {
        var cluster = SimulatedCluster.With(2);
        cluster.Submit("unit");
        cluster.Run();
        cluster.SubmitAgain("unit", afterOlder: false);
        cluster.Run();
        Assert.Equal("w01", cluster.LeasesOf("unit").Single().Worker);
    }
}
