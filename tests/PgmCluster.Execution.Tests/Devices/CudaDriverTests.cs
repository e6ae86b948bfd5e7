using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using PgmCluster.Execution.Devices;

namespace PgmCluster.Execution.Tests.Devices;

/// <summary>The calls into the driver, against functions of the same signatures: a machine with two GPUs.</summary>
public sealed unsafe class CudaDriverTests
{
    private static readonly Dictionary<string, nint> Driver = new()
    {
        ["cuInit"] = (nint)(delegate* unmanaged[Cdecl]<uint, int>)&Init,
        ["cuDeviceGetCount"] = (nint)(delegate* unmanaged[Cdecl]<int*, int>)&Count,
        ["cuDriverGetVersion"] = (nint)(delegate* unmanaged[Cdecl]<int*, int>)&Version,
        ["cuDeviceGet"] = (nint)(delegate* unmanaged[Cdecl]<int*, int, int>)&Get,
        ["cuDeviceGetName"] = (nint)(delegate* unmanaged[Cdecl]<byte*, int, int, int>)&Name,
        ["cuDeviceTotalMem_v2"] = (nint)(delegate* unmanaged[Cdecl]<nuint*, int, int>)&Memory,
        ["cuDeviceGetAttribute"] = (nint)(delegate* unmanaged[Cdecl]<int*, int, int, int>)&Attribute,
        ["cuDeviceGetUuid"] = (nint)(delegate* unmanaged[Cdecl]<byte*, int, int>)&Uuid,
        ["cuGetErrorName"] = (nint)(delegate* unmanaged[Cdecl]<int, byte**, int>)&ErrorName,
    };

    private static readonly Dictionary<string, nint> Management = new()
    {
        ["nvmlInit_v2"] = (nint)(delegate* unmanaged[Cdecl]<int>)&Ok,
        ["nvmlSystemGetDriverVersion"] = (nint)(delegate* unmanaged[Cdecl]<byte*, uint, int>)&Release,
        ["nvmlDeviceGetHandleByUUID"] = (nint)(delegate* unmanaged[Cdecl]<byte*, nint*, int>)&HandleOf,
        ["nvmlDeviceGetMemoryInfo"] = (nint)(delegate* unmanaged[Cdecl]<nint, ulong*, int>)&MemoryInfo,
        ["nvmlShutdown"] = (nint)(delegate* unmanaged[Cdecl]<int>)&Ok,
    };

    [Fact]
    public void Read_TwoGpus_DescribesBoth()
    {
        var found = CudaDriver.Read(n => Driver[n], n => Management[n]);

        Assert.Null(found.Problem);
        Assert.Equal(
            [
                new GpuFacts("Test GPU 0", 1L << 36, 9, 0, "GPU-00010203-0405-0607-0809-0a0b0c0d0e0f", "570.86.15, CUDA 12.8"),
                new GpuFacts("Test GPU 1", 1L << 37, 9, 1, "GPU-01010203-0405-0607-0809-0a0b0c0d0e0f", "570.86.15, CUDA 12.8"),
            ], found.Gpus);
    }

    [Fact]
    public void Read_NoManagementLibrary_NamesCudaOnly() => Assert.Equal("CUDA 12.8", CudaDriver.Read(n => Driver[n], null).Gpus[0].Driver);

    [Fact]
    public void Read_DriverFails_SaysWhatItAnswered()
    {
        var failing = new Dictionary<string, nint>(Driver) { ["cuInit"] = (nint)(delegate* unmanaged[Cdecl]<uint, int>)&InitFails };

        Assert.Equal(
            "the NVIDIA driver answered CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803) to cuInit", CudaDriver.Read(n => failing[n], null).Problem);
    }

    [Fact]
    public void Read_NoDriver_SaysSo() => Assert.Contains("libcuda.so.1", CudaDriver.Read(null, null).Problem);

    [Fact]
    public void BytesTaken_KnownAndUnknownGpu_IsWhatTheDriverCountsOrNothing()
    {
        Assert.Equal(3_000, CudaDriver.BytesTaken("GPU-7", n => Management[n]));
        Assert.Null(CudaDriver.BytesTaken("GPU-8", n => Management[n]));
        Assert.Null(CudaDriver.BytesTaken("GPU-7", null));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int HandleOf(byte* uuid, nint* handle)
    {
        *handle = 77;
        return Marshal.PtrToStringUTF8((nint)uuid) == "GPU-7" ? 0 : 6;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int MemoryInfo(nint handle, ulong* memory)
    {
        (memory[0], memory[1], memory[2]) = (10_000, 7_000, handle == 77 ? 3_000u : 0);
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Init(uint flags) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int InitFails(uint flags) => 803;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Count(int* count)
    {
        *count = 2;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Version(int* version)
    {
        *version = 12080;
        return 0;
    }

    // Handles need not be the numbers.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Get(int* handle, int index)
    {
        *handle = 40 + index;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Name(byte* text, int size, int handle)
    {
        Write($"Test GPU {handle - 40}", new Span<byte>(text, size));
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Memory(nuint* bytes, int handle)
    {
        *bytes = (nuint)1 << (36 + handle - 40);
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Attribute(int* value, int attribute, int handle)
    {
        *value = attribute switch { 75 => 9, 76 => handle - 40, _ => -1 };
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Uuid(byte* bytes, int handle)
    {
        for (var i = 0; i < 16; i++) bytes[i] = (byte)i;
        bytes[0] = (byte)(handle - 40);
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ErrorName(int status, byte** name)
    {
        *name = (byte*)Marshal.StringToCoTaskMemUTF8("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH");
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Release(byte* text, uint size)
    {
        Write("570.86.15", new Span<byte>(text, (int)size));
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Ok() => 0;

    private static void Write(string text, Span<byte> at) => at[Encoding.ASCII.GetBytes(text, at)] = 0;
}
