using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Devices;

public class DeviceThreadTests
{
    [Fact]
    public async Task Open_Cpu_ComputesTheProduct()
    {
        using var thread = new DeviceThread(ComputeDevice.Cpu());

        await thread.Open();

        Assert.Null(await thread.CheckDevice());
    }

    [Fact]
    public async Task CheckDevice_WrongOnceAndRightAgain_SaysSo_OpensOnce()
    {
        var checks = 0;
        using var thread = new DeviceThread(
            ComputeDevice.Cpu(), d => DeviceCheck.Run(d, (a, b) => ++checks == 2 ? a.matmul(b) + 1 : a.matmul(b)));
        await thread.Open();
        await thread.Open();

        var problem = await thread.CheckDevice();

        Assert.StartsWith("Checking cpu:0 (", problem);
        Assert.Contains("element (0, 0)", problem);
        Assert.Null(await thread.CheckDevice());
        Assert.Equal(3, checks);
    }

    [Fact]
    public async Task Open_ProductOfAnotherDevice_IsRefused()
    {
        using var thread = new DeviceThread(
            ComputeDevice.Cpu(), d => DeviceCheck.Run(d, (a, b) => a.matmul(b).to(ComputeDevice.Meta.Torch)));

        Assert.Contains("meta", (await Assert.ThrowsAsync<BadInputException>(thread.Open)).Message);
    }

    [Fact]
    public async Task Open_GpuThatLibtorchCannotUse_IsRefusedByName()
    {
        if (Modeling.Runtime.NativeRuntime.CudaDeviceCount() > 0) throw new TestSupport.SkippedException("libtorch has CUDA here");
        using var thread = new DeviceThread(ComputeDevice.Cuda(0, new GpuFacts("Test GPU", 1, 9, 0, "GPU-1", "570")));

        Assert.StartsWith(
            "Opening cuda:0 (Test GPU, GPU-1, driver 570): ", (await Assert.ThrowsAsync<BadInputException>(thread.Open)).Message);
    }
}
