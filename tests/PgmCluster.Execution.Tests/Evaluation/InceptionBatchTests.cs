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
        Assert.Equal(expected, InceptionScorer.BatchFor(ComputeDevice.Cuda(0, new GpuFacts("Test GPU", (long)gigabytes << 30, 9, 0, "GPU-1", "570"))));

    /// <summary>What the driver keeps for itself differs a little from GPU to GPU of one model.</summary>
    [Fact]
    public void BatchFor_GpusOfOneModel_IsTheSame()
    {
        int Batch(double gigabytes) => InceptionScorer.BatchFor(ComputeDevice.Cuda(0, new GpuFacts("Test GPU", (long)(gigabytes * (1L << 30)), 9, 0, "GPU-1", "570")));
        Assert.Equal(Batch(79.1), Batch(79.6));
    }
}
