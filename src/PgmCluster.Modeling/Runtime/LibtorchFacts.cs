using System.Globalization;
using System.Runtime.InteropServices;
using PgmCluster.Data;

namespace PgmCluster.Modeling.Runtime;

/// <summary>What the loaded libtorch is.</summary>
/// <param name="File">Its libtorch_cpu.so.</param>
/// <param name="Version">Its own word, such as "2.10.0".</param>
/// <param name="IsOther">It is not of the major.minor that this program was built for.</param>
/// <param name="Symbols">How many symbols TorchSharp's native library needs of others.</param>
/// <param name="Missing">Those of them that no loaded library has.</param>
public sealed record LibtorchFacts(string File, string Version, bool IsOther, int Symbols, IReadOnlyList<string> Missing)
{
    /// <summary>The file of its CUDA part, whether or not it is loaded; null where it has none.</summary>
    public string? CudaFile { get; init; }

    /// <summary>
    /// Version of the CUDA runtime that it computes with, such as "12.8"; null where its CUDA part is not loaded or does not say.
    /// </summary>
    public string? Cuda { get; init; }

    /// <summary>Version of cuDNN, such as "9.7.1"; null as for CUDA.</summary>
    public string? CuDnn { get; init; }

    /// <summary>Loads libtorch and asks it.</summary>
    /// <exception cref="BadInputException">The directory's libtorch cannot be used.</exception>
    /// <exception cref="PlatformNotSupportedException">The system lacks something that libtorch needs.</exception>
    public static LibtorchFacts Read()
    {
        NativeRuntime.Load();
        var cpu = Mapped(LibtorchDirectory.Cpu)
            ?? throw new PlatformNotSupportedException(
                $"Looking for {LibtorchDirectory.Cpu}: libtorch is loaded, and not to be seen in /proc/self/maps. PgmCluster needs Linux.");
        var libraries = new[] { cpu, Mapped("libtorch.so"), Mapped("libc10.so") }.OfType<string>().Select(NativeLibrary.Load).ToArray();
        var (needed, missing) = LibtorchDirectory.Symbols(Mapped(LibtorchDirectory.Binding) ?? cpu, libraries);
        var version = NativeRuntime.LibtorchVersion;
        var facts = new LibtorchFacts(cpu, version, LibtorchVersions.IsOther(version), needed.Count, missing);
        var cuda = Mapped(LibtorchDirectory.Cuda) ?? Path.Combine(Path.GetDirectoryName(cpu)!, LibtorchDirectory.Cuda);
        if (!System.IO.File.Exists(cuda)) return facts;
        if (!NativeRuntime.HasCuda) return facts with { CudaFile = cuda };
        // What it was linked with is found through it, whichever name that was shipped under.
        var library = NativeLibrary.Load(cuda);
        return facts with { CudaFile = cuda, Cuda = CudaVersion(library), CuDnn = CuDnnVersion(library) };
    }

    private static unsafe string? CudaVersion(nint library)
    {
        var version = 0;
        if (!NativeLibrary.TryGetExport(library, "cudaRuntimeGetVersion", out var ask)
            || ((delegate* unmanaged[Cdecl]<int*, int>)ask)(&version) != 0) return null;
        return string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");
    }

    private static unsafe string? CuDnnVersion(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "cudnnGetVersion", out var ask)) return null;
        var version = (long)((delegate* unmanaged[Cdecl]<nuint>)ask)();
        // Up to cuDNN 8 the major version stood before three digits.
        var major = version < 90_000 ? 1_000 : 10_000;
        return string.Create(CultureInfo.InvariantCulture, $"{version / major}.{version % major / 100}.{version % 100}");
    }

    private static string? Mapped(string name) => System.IO.File.ReadLines("/proc/self/maps")
        .FirstOrDefault(line => line.EndsWith('/' + name, StringComparison.Ordinal)) is { } found
            ? found[found.IndexOf('/', StringComparison.Ordinal)..] : null;
}
