using System.Diagnostics;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>
/// <c>pgm doctor</c> where a driver shows a GPU and libtorch has no CUDA: a library of the driver's name stands in for it.
/// </summary>
[Trait("Category", "Process")]
public sealed class DoctorGpuTests : IDisposable
{
    private const string Driver = """
        #include <string.h>
        int cuInit(unsigned flags) { (void)flags; return 0; }
        int cuDeviceGetCount(int *count) { *count = 1; return 0; }
        int cuDriverGetVersion(int *version) { *version = 12080; return 0; }
        int cuDeviceGet(int *device, int index) { *device = index; return 0; }
        int cuDeviceGetName(char *name, int length, int device) { (void)device; strncpy(name, "Stand-in GPU", length); return 0; }
        int cuDeviceTotalMem_v2(size_t *bytes, int device) { (void)device; *bytes = 80UL << 30; return 0; }
        int cuDeviceGetAttribute(int *value, int attribute, int device) { (void)device; *value = attribute == 75 ? 9 : 0; return 0; }
        int cuDeviceGetUuid(char *uuid, int device) { (void)device; memset(uuid, 7, 16); return 0; }
        int cuGetErrorName(int error, const char **name) { (void)error; *name = "CUDA_ERROR_OF_A_STAND_IN"; return 0; }
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Doctor_GpuAndLibtorchWithoutCuda_SaysBoth_AndHowToHaveIt()
    {
        var run = await DoctorRun.OfAsync(_directory["home"], WithDriver());

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("warning", run["CUDA"].State);
        Assert.Contains("this machine has a GPU, and libtorch here has no CUDA", run["CUDA"].Found, StringComparison.Ordinal);
        Assert.Equal(["cuda:0"], run.Failed);
        Assert.Contains("Stand-in GPU sm_90, not opened: libtorch here has no CUDA", run["cuda:0"].Found, StringComparison.Ordinal);
        Assert.Contains("PGM_LIBTORCH", run["cuda:0"].Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_IndexThatIsNotThere_IsRefusedInOneLine()
    {
        using var run = PgmProcess.StartWith(WithDriver(), "doctor", "--device", "cuda:7", "--home", _directory["home"]);
        await run.WaitForExitAsync();

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("cuda:7 is not there: this machine has cuda:0", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private Dictionary<string, string?> WithDriver()
    {
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, "libtorch_cuda.so"))) throw new SkippedException("libtorch has CUDA here");
        if (!File.Exists("/usr/bin/cc")) throw new SkippedException("There is no /usr/bin/cc to make the library with; install gcc.");
        File.WriteAllText(_directory["cuda.c"], Driver);
        using var compiler = Process.Start("/usr/bin/cc", ["-shared", "-fPIC", "-o", _directory["libcuda.so.1"], _directory["cuda.c"]]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return new() { ["LD_LIBRARY_PATH"] = _directory.Root, ["PGM_DEVICES"] = null };
    }
}
