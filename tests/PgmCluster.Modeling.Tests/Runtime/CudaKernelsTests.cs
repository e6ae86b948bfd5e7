using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Modeling.Tests.Runtime;

/// <summary>The settings are libtorch's own also where it has no CUDA, so that it can be seen that they arrive.</summary>
[Collection(nameof(Optimization.AdamWTests.Alone))]
public class CudaKernelsTests
{
    [Fact]
    public void Choose_EachSetting_IsWhatLibtorchHas()
    {
        try
        {
            foreach (var wanted in new[] { (true, false, true), (false, true, false), (false, false, false) })
            {
                CudaKernels.Choose(wanted.Item1, wanted.Item2, wanted.Item3);
                Assert.Equal(wanted, CudaKernels.Chosen());
            }
        }
        finally
        {
            CudaKernels.Choose(tf32: false, deterministic: false, benchmark: false);
        }
    }
}
