using PgmCluster.Execution.Devices;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Devices;

public class ComputeLanesTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(3, 10)]
    [InlineData(4, 2)]
    [InlineData(2, 0)]
    public void Run_AnyCounts_RunsEveryPartOnce(int lanes, int parts)
    {
        using var compute = new ComputeLanes(lanes, 1, "cpu:0");
        var counts = new int[parts];
        compute.Run(parts, (part, _) => Interlocked.Increment(ref counts[part]));
        Assert.All(counts, count => Assert.Equal(1, count));
        compute.RunInOrder(parts, (part, _) => Interlocked.Increment(ref counts[part]));
        Assert.All(counts, count => Assert.Equal(2, count));
    }

    [Fact]
    public void RunInOrder_PartFails_BeginsNoneAfterItAndThrowsTheFirstOnesFailure()
    {
        using var compute = new ComputeLanes(2, 1, "cpu:0");
        var begun = new bool[1000];
        var failure = Assert.Throws<InvalidOperationException>(() => compute.RunInOrder(begun.Length, (part, _) =>
        {
            begun[part] = true;
            if (part >= 5) throw new InvalidOperationException($"part {part}");
        }));

        // The other lane may have begun one more before it heard of it.
        Assert.Equal("part 5", failure.Message);
        Assert.All(begun[..6], Assert.True);
        Assert.DoesNotContain(true, begun[7..]);
    }

    [Theory]
    [InlineData("cpu:1", 3)]
    [InlineData("cuda:0", 1)]
    [InlineData("meta", 1)]
    public void Count_OfADeviceBesideTheCpu_IsOne(string device, int expected)
    {
        using var compute = new ComputeLanes(3, 1, device);
        Assert.Equal(expected, compute.Count);
    }

    /// <summary>Another number of threads adds in another order: what a lane computes must not depend on what else the process does.</summary>
    [Fact]
    public void Run_OthersWereMadeWithAnotherNumberOfThreadsMeanwhile_HasItsOwn()
    {
        using var two = new ComputeLanes(1, 2, "cpu:0");
        two.Run(1, (_, _) => { });
        using var one = new ComputeLanes(1, 1, "cpu:0");
        one.Run(1, (_, _) => { });
        var threads = new int[2];
        two.Run(1, (_, _) => threads[0] = get_num_threads());
        one.Run(1, (_, _) => threads[1] = get_num_threads());

        Assert.Equal([2, 1], threads);
    }

    [Fact]
    public void Run_SeveralPartsFail_ThrowsTheFirstOnesFailureAndStaysUsable()
    {
        using var compute = new ComputeLanes(2, 1, "cpu:0");
        var failure = Assert.Throws<InvalidOperationException>(
            () => compute.Run(4, (part, _) => throw new InvalidOperationException($"part {part}")));
        Assert.Equal("part 0", failure.Message);
        var ran = 0;
        compute.Run(4, (_, _) => Interlocked.Increment(ref ran));
        Assert.Equal(4, ran);
    }
}
