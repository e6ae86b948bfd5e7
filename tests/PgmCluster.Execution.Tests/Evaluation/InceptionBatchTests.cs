using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Evaluation;

namespace PgmCluster.Execution.Tests.Evaluation;

public class InceptionBatchTests
{
    /// <summary>A CPU's features do not depend on how much of a machine a worker has.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void BatchFor_AnyCpu_IsTheSame(int threads) => Assert.Equal(4, InceptionScorer.BatchFor(ComputeDevice.Cpu(threads: threads)));

    [Theory]
    [InlineData(2, 4)]
    [InlineData(8, 16)]
    [InlineData(24, 32)]
    [InlineData(80, 128)]
    [InlineData(141, 128)]
    public void BatchFor_AGpu_FollowsItsMemory(int gigabytes, int expected) =>
        Assert.Equal(expected, BatchFor((long)gigabytes << 30));

    /// <summary>What the driver keeps for itself differs a little from GPU to GPU of one model.</summary>
    [Fact]
    public void BatchFor_GpusOfOneModel_IsTheSame() => Assert.Equal(BatchFor(84_900_000_000), BatchFor(85_500_000_000));

    private static int BatchFor(long bytes) =>
        InceptionScorer.BatchFor(ComputeDevice.Cuda(0, new GpuFacts("Test GPU", bytes, 9, 0, "GPU-1", "570")));
}
