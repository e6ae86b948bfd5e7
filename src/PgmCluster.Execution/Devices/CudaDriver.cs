using System.Runtime.InteropServices;
using System.Text;

namespace PgmCluster.Execution.Devices;

/// <summary>
/// Asks the NVIDIA driver itself (CUDA driver API and NVML) which GPUs there are: libtorch's .NET binding does not name them, and loading
/// libtorch costs seconds. Like CUDA it heeds <c>CUDA_VISIBLE_DEVICES</c>, so the order is libtorch's.
/// </summary>
internal static unsafe class CudaDriver
{
    private const int CapabilityMajor = 75, CapabilityMinor = 76, NoDevice = 100;

    private static readonly Lazy<GpuInventory> Found = new(() => Read(Exports("libcuda.so.1"), Exports("libnvidia-ml.so.1")));

    /// <summary>Asked once in a process: GPUs do not come and go.</summary>
    public static GpuInventory Inventory => Found.Value;

    /// <summary>Memory of a GPU that is taken, by whomever; null where NVML does not say.</summary>
    public static long? BytesTaken(string uuid) => BytesTaken(uuid, Exports("libnvidia-ml.so.1"));

    internal static long? BytesTaken(string uuid, Func<string, nint>? management)
    {
        if (management is null || ((delegate* unmanaged[Cdecl]<int>)management("nvmlInit_v2"))() != 0) return null;
        nint device = 0;
        // Total, free, used.
        var memory = stackalloc ulong[3];
        int status;
        fixed (byte* id = Encoding.UTF8.GetBytes(uuid + '\0')) status = ((delegate* unmanaged[Cdecl]<byte*, nint*,
            int>)management("nvmlDeviceGetHandleByUUID"))(id, &device);
        if (status == 0) status = ((delegate* unmanaged[Cdecl]<nint, ulong*, int>)management("nvmlDeviceGetMemoryInfo"))(device, memory);
        _ = ((delegate* unmanaged[Cdecl]<int>)management("nvmlShutdown"))();
        return status == 0 ? (long)memory[2] : null;
    }

    /// <param name="cuda">Addresses of the driver's functions by name; null where it is not installed.</param>
    /// <param name="management">Those of NVML; null where it is not installed.</param>
    internal static GpuInventory Read(Func<string, nint>? cuda, Func<string, nint>? management)
    {
        if (cuda is null) return new([], "libcuda.so.1, the NVIDIA driver's library, cannot be loaded");
        var status = ((delegate* unmanaged[Cdecl]<uint, int>)cuda("cuInit"))(0);
        if (status is not (0 or NoDevice)) return new([], $"the NVIDIA driver answered {NameOf(status, cuda)} to cuInit");
        int count = 0, version = 0;
        if (status == 0) status = ((delegate* unmanaged[Cdecl]<int*, int>)cuda("cuDeviceGetCount"))(&count);
        if (status != 0 || count == 0) return new([], "the NVIDIA driver shows no GPU to this process");
        _ = ((delegate* unmanaged[Cdecl]<int*, int>)cuda("cuDriverGetVersion"))(&version);
        var driver = $"{(DriverVersion(management) is { } release ? $"{release}, " : "")}CUDA {version / 1000}.{version % 1000 / 10}";
        var gpus = new List<GpuFacts>();
        for (var i = 0; i < count; i++)
        {
            if (TryRead(cuda, i, driver, out var problem) is not { } gpu) return new([], problem);
            gpus.Add(gpu);
        }
        return new(gpus, null);
    }

    private static GpuFacts? TryRead(Func<string, nint> cuda, int index, string driver, out string? problem)
    {
        int handle = 0, major = 0, minor = 0;
        nuint memory = 0;
        var name = stackalloc byte[256];
        var uuid = stackalloc byte[16];
        string[] calls = ["cuDeviceGet", "cuDeviceGetName", "cuDeviceTotalMem_v2", "cuDeviceGetAttribute", "cuDeviceGetAttribute",
            "cuDeviceGetUuid"];
        for (var call = 0; call < calls.Length; call++)
        {
            var address = cuda(calls[call]);
            var status = call switch
            {
                0 => ((delegate* unmanaged[Cdecl]<int*, int, int>)address)(&handle, index),
                1 => ((delegate* unmanaged[Cdecl]<byte*, int, int, int>)address)(name, 256, handle),
                2 => ((delegate* unmanaged[Cdecl]<nuint*, int, int>)address)(&memory, handle),
                3 => ((delegate* unmanaged[Cdecl]<int*, int, int, int>)address)(&major, CapabilityMajor, handle),
                4 => ((delegate* unmanaged[Cdecl]<int*, int, int, int>)address)(&minor, CapabilityMinor, handle),
                _ => ((delegate* unmanaged[Cdecl]<byte*, int, int>)address)(uuid, handle),
            };
            if (status == 0) continue;
            problem = $"the NVIDIA driver answered {NameOf(status, cuda)} to {calls[call]} for GPU {index}";
            return null;
        }
        problem = null;
        var id = new Guid(new ReadOnlySpan<byte>(uuid, 16), bigEndian: true);
        return new GpuFacts(Marshal.PtrToStringUTF8((nint)name)!.Trim(), (long)memory, major, minor, $"GPU-{id}", driver);
    }

    private static string NameOf(int status, Func<string, nint> cuda)
    {
        byte* name = null;
        _ = ((delegate* unmanaged[Cdecl]<int, byte**, int>)cuda("cuGetErrorName"))(status, &name);
        return name is null ? $"code {status}" : $"{Marshal.PtrToStringUTF8((nint)name)} ({status})";
    }

    /// <summary>The release of the driver, such as 570.86.15; null where NVML does not say.</summary>
    private static string? DriverVersion(Func<string, nint>? management)
    {
        if (management is null) return null;
        if (((delegate* unmanaged[Cdecl]<int>)management("nvmlInit_v2"))() != 0) return null;
        var text = stackalloc byte[96];
        var status = ((delegate* unmanaged[Cdecl]<byte*, uint, int>)management("nvmlSystemGetDriverVersion"))(text, 96);
        _ = ((delegate* unmanaged[Cdecl]<int>)management("nvmlShutdown"))();
        return status == 0 ? Marshal.PtrToStringUTF8((nint)text) : null;
    }

    private static Func<string, nint>? Exports(string library) =>
        NativeLibrary.TryLoad(library, out var handle) ? name => NativeLibrary.GetExport(handle, name) : null;
}
