using PgmCluster.TestSupport;

namespace PgmCluster.Execution.Tests.Gpu;

public class GpuNeedTests
{
    [Theory]
    [InlineData(0, 0, "needs cuda:0: this machine has no GPU that libtorch can use")]
    [InlineData(1, 1, "needs cuda:1: this machine has 1 GPU(s)")]
    public void Require_GpuIsNotThere_SkipsTheTestWithTheReason(int index, int available, string reason) =>
        Assert.EndsWith(reason, Assert.Throws<SkippedException>(() => GpuNeed.Require(index, available)).Message, StringComparison.Ordinal);

    [Fact]
    public void Require_GpuIsThere_LetsTheTestRun() => GpuNeed.Require(1, 2);
}
