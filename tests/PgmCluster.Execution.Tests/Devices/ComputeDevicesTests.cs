using PgmCluster.Data;
using PgmCluster.Execution.Devices;

namespace PgmCluster.Execution.Tests.Devices;

public class ComputeDevicesTests
{
    private static readonly GpuFacts A100 = new("NVIDIA A100-SXM4-80GB", 80L << 30, 8, 0, "GPU-a", "570.1, CUDA 12.8");
    private static readonly GpuFacts H100 = new("NVIDIA H100 80GB HBM3", 80L << 30, 9, 0, "GPU-h", "570.1, CUDA 12.8");
    private static readonly GpuFacts V100 = new("Tesla V100-SXM2-32GB", 32L << 30, 7, 0, "GPU-v", "570.1, CUDA 12.8");

    [Theory]
    [InlineData("none", "")]
    [InlineData("cpu:0", "cpu:0")]
    [InlineData("cuda:0, cuda:1,cpu:10", "cuda:0 cuda:1 cpu:10")]
    [InlineData("auto", "cuda:0 cuda:1")]
    public void Find_LegalForms_GivesTheDevices(string setting, string expected) =>
        Assert.Equal(expected, string.Join(' ', Find(setting, [A100, H100]).Select(d => d.Name)));

    [Theory]
    [InlineData("")]
    [InlineData("cpu")]
    [InlineData("cpu:")]
    [InlineData("cpu:-1")]
    [InlineData("cpu:01")]
    [InlineData("cpu:0,,cpu:1")]
    [InlineData("cpu:0,cpu:0")]
    public void Find_OtherForms_AreRefused(string setting) =>
        Assert.Contains("Pgm:Devices", Assert.Throws<BadInputException>(() => Find(setting, [])).Message);

    [Fact]
    public void Find_IndexThatIsNotThere_NamesThoseThatAre() =>
        Assert.Contains(
            "cuda:7 is not there: this machine has cuda:0 and cuda:1.",
            Assert.Throws<BadInputException>(() => Find("cuda:0,cuda:7", [A100, H100])).Message);

    [Fact]
    public void Find_NoDriver_SaysWhyThereIsNone() =>
        Assert.StartsWith(
            "Opening cuda:0: this machine has no GPU that CUDA can use (no driver).",
            Assert.Throws<BadInputException>(() => Find("cuda:0", [])).Message);

    [Fact]
    public void Find_LibtorchWithoutCuda_RefusesTheGpu_AndAutoSaysThatItComputesOnTheCpu()
    {
        static string Problem(int gpus) => "libtorch here has no CUDA";
        GpuInventory inventory = new([H100], null);

        Assert.Contains(
            "libtorch here has no CUDA",
            Assert.Throws<BadInputException>(() => ComputeDevices.Find("cuda:0", 0, () => inventory, Problem)).Message);
        Assert.Equal("cpu:0", Assert.Single(ComputeDevices.Find("auto", 0, () => inventory, Problem)).Name);
        Assert.Contains(H100.Name, ComputeDevices.Unused("auto", () => inventory, Problem));
        Assert.Null(ComputeDevices.Unused("cpu:0", () => inventory, Problem));
        Assert.Null(ComputeDevices.Unused("auto", () => inventory, _ => null));
    }

    [Fact]
    public void Find_CpuOnly_AsksNeitherDriverNorLibtorch() =>
        Assert.Equal(
            2,
            ComputeDevices.Find(
                "cpu:0,cpu:1", 3, () => throw new InvalidOperationException("driver"),
                _ => throw new InvalidOperationException("libtorch")).Count(d => d.Threads == 3));

    [Fact]
    public void Numerics_GpusOfTwoKinds_Differ()
    {
        var devices = Find("auto", [A100, H100]);

        Assert.NotEqual(devices[0].Numerics, devices[1].Numerics);
        Assert.Equal("NVIDIA H100 80GB HBM3 sm_90", devices[1].Model);
    }

    [Fact]
    public void Require_BFloat16_IsAskedOfTheDevice()
    {
        Find("auto", [A100])[0].Require(TorchSharp.torch.ScalarType.BFloat16);
        ComputeDevice.Cpu().Require(TorchSharp.torch.ScalarType.BFloat16);
        Assert.Contains(
            V100.Name,
            Assert.Throws<BadInputException>(() => Find("auto", [V100])[0].Require(TorchSharp.torch.ScalarType.BFloat16)).Message);
    }

    private static IReadOnlyList<ComputeDevice> Find(string setting, GpuFacts[] gpus) =>
        ComputeDevices.Find(setting, 0, () => new GpuInventory(gpus, gpus.Length == 0 ? "no driver" : null), _ => null);
}
