using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using PgmCluster.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Runtime;

/// <summary>How libtorch is loaded and which threads it uses: settings that a user should never have to know.</summary>
public static class NativeRuntime
{
    private const int PriorityProcess = 0;
    private const int DeviceNiceness = 10;

    // Of malloc.h.
    private const int TrimThreshold = -1, MapThreshold = -3;
    private const int LargestKept = 32 << 20;
    private const string AnyVersion = "PGM_LIBTORCHANYVERSION";
    private static readonly Lock Gate = new();
    private static bool _environmentSet, _loaded;
    private static string? _directory = Environment.GetEnvironmentVariable("PGM_LIBTORCH");
    private static OtherLibtorch? _other;
    private static LibtorchDirectory? _fromDirectory;

    /// <summary>
    /// Threads inside one operator. One: cores work on different micro-batches and batches instead. Small operators then never wait for
    /// each other, and no result depends on the number of cores.
    /// </summary>
    public const int DefaultThreads = 1;

    /// <summary>
    /// The widest vector instruction set with the processor's vendor, family and model, such as "x64-avx512 AuthenticAMD 25-17": part of
    /// the numerics fingerprint. The instruction set alone is not enough: MKL chooses kernels by the processor, and two kinds of EPYC with
    /// AVX-512 gave different bits. Variables that choose other kernels follow (<see cref="KernelVariables"/>).
    /// </summary>
    public static string CpuModel { get; } = (X86Base.IsSupported
        ? $"{(Avx512F.IsSupported ? "x64-avx512" : Avx2.IsSupported ? "x64-avx2" : "x64")} {Processor()}"
        : RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant())
        + KernelVariables.Suffix(Environment.GetEnvironmentVariable);

    /// <summary>
    /// The instructions for products of bfloat16, part of the numerics fingerprint of what is computed in it: "amx", "avx512-bf16", or
    /// "none" where each product is made of float32 ones.
    /// </summary>
    public static string BFloat16Instructions { get; } = FindBFloat16Instructions();

    /// <summary>
    /// Version of libtorch, part of the numerics fingerprint: the loaded library's own. Where none is loaded yet, that of the program's
    /// copy; only a library from a directory has to be loaded to be asked. One of another major.minor than the one built for has its hash
    /// in it (<see cref="IsOtherLibtorch"/>).
    /// </summary>
    /// <exception cref="BadInputException">The directory's libtorch cannot be used.</exception>
    public static string LibtorchVersion
    {
        get
        {
            if (!_loaded && string.IsNullOrEmpty(_directory)) return LibtorchVersions.BuiltFor;
            Load();
            return _fromDirectory is { Other: { } hash, Version: var version }
                ? LibtorchVersions.NameOfOther(version, hash)
                : LibtorchVersions.Name(aoti_torch_abi_version(), Float32Products.IsWithoutOneDnn);
        }
    }

    /// <summary>
    /// True for a <see cref="LibtorchVersion"/> of another major.minor than its program was built for: nobody vouches for its bits.
    /// </summary>
    public static bool IsOtherLibtorch(string version) => LibtorchVersions.IsOther(version);

    /// <summary>
    /// Has libtorch loaded from a directory instead of the program's copy; before anything is computed. Without this call it is what the
    /// variable PGM_LIBTORCH names, if any.
    /// </summary>
    /// <param name="directory">
    /// Holds libc10.so, libtorch_cpu.so, libtorch.so and perhaps libtorch_cuda.so; null or empty leaves what was said before.
    /// </param>
    /// <param name="other">
    /// What becomes of one with another major.minor than the one built for; null leaves what the variable PGM_LIBTORCHANYVERSION says.
    /// </param>
    /// <exception cref="BadInputException">Another libtorch is loaded already.</exception>
    public static void UseLibtorch(string? directory, OtherLibtorch? other = null)
    {
        lock (Gate)
        {
            _other = other ?? _other;
            if (string.IsNullOrEmpty(directory) || directory == _directory) return;
            if (_loaded)
                throw new BadInputException(
                    $"Loading libtorch from {directory}: this process has one loaded already. "
                    + "Name the directory with PGM_LIBTORCH before it starts.");
            _directory = directory;
        }
    }

    /// <summary>
    /// Finds out whether there is a libtorch to compute with: one that is named is loaded. The program's own is taken for whole, and loaded
    /// when something computes.
    /// </summary>
    /// <exception cref="BadInputException">The directory's libtorch cannot be used, or there is none.</exception>
    public static void RequireLibtorch()
    {
        if (!string.IsNullOrEmpty(_directory) || (OperatingSystem.IsLinux() && !LibtorchDirectory.ProgramHasOne)) Load();
    }

    /// <summary>
    /// Writes down that this program computes rightly with a libtorch of another major.minor, so that it is used from now on.
    /// </summary>
    /// <param name="devices">On which it was seen.</param>
    /// <returns>The file; null where libtorch is the one built for.</returns>
    /// <exception cref="BadInputException">The place cannot be written.</exception>
    public static string? RecordPass(IReadOnlyList<string> devices) => _fromDirectory is { Other: { } hash, Version: var version }
        ? new LibtorchPass(hash, version, LibtorchPass.ThisProgram, devices, DateTimeOffset.UtcNow).Write()
        : null;

    /// <summary>
    /// Puts OpenMP's settings into the process environment. Must run before libtorch is loaded, best as the first line of Main:
    /// libgomp reads them in its constructor. Spinning threads would otherwise collapse on a busy machine (0.2-1 step/s against 7-12).
    /// </summary>
    public static void PrepareProcess()
    {
        lock (Gate)
        {
            if (_environmentSet) return;
            _environmentSet = true;
            // .NET keeps its own copy of the environment, which native code does not see: hence setenv.
            if (!OperatingSystem.IsLinux()) return;
            setenv("OMP_WAIT_POLICY", "passive", 0);
            setenv("GOMP_SPINCOUNT", "0", 0);
            // libtorch takes tensors above 2 MB from the system anew each time; in huge pages that costs a few faults instead of thousands.
            setenv("THP_MEM_ALLOC_ENABLE", "1", 0);
            KeepLargeBlocks();
        }
    }

    /// <summary>
    /// Lets freed blocks be used again instead of going back to the system: the kernel would clear every page anew, 14% of the time of
    /// sampling. The most that glibc keeps apart from mapped blocks is 32 MB each; what is free at the end is given back between work items
    /// (<see cref="ReleaseMemory"/>).
    /// </summary>
    private static void KeepLargeBlocks()
    {
        try
        {
            mallopt(MapThreshold, LargestKept);
            mallopt(TrimThreshold, int.MaxValue);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library: slower by those page faults, and nothing else.
        }
    }

    /// <summary>Gives free memory back to the system.</summary>
    public static void ReleaseMemory()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Nothing was kept either.
        }
    }

    /// <summary>Whether there is a libtorch to load: the program's own, or a directory that was named. Loads none.</summary>
    public static bool IsAvailable
    {
        get
        {
            lock (Gate) return _loaded || !string.IsNullOrEmpty(_directory) || !OperatingSystem.IsLinux()
                || LibtorchDirectory.ProgramHasOne;
        }
    }

    /// <summary>Loads libtorch and says in one line what is missing where that fails.</summary>
    /// <exception cref="PlatformNotSupportedException">The system lacks something libtorch needs.</exception>
    public static void Load()
    {
        lock (Gate)
        {
            if (_loaded) return;
            PrepareProcess();
            var hasDriver = NativeLibrary.TryLoad("libcuda.so.1", out _);
            if (!string.IsNullOrEmpty(_directory))
                _fromDirectory = LibtorchDirectory.Load(_directory, hasDriver, _other ?? OtherByVariable());
            else if (OperatingSystem.IsLinux() && !LibtorchDirectory.ProgramHasOne)
                throw new BadInputException(
                    "Loading libtorch: this program brings none. "
                    + "Set PGM_LIBTORCH (Pgm:LibTorch) to a directory that holds one, such as the torch/lib of a Python installation, or "
                    + "install the build with libtorch.");
            try
            {
                // libtorch looks for its CUDA part once in a process, at the first question that needs it. Without a driver it would only
                // cost memory.
                HasCuda = _fromDirectory?.HasCuda
                    ?? (hasDriver && NativeLibrary.TryLoad("torch_cuda", typeof(torch).Assembly, null, out _));
                torch.InitializeDeviceType(DeviceType.CPU);
                using var probe = torch.zeros(1, device: torch.CPU);
                Float32Products.Load(CpuModel, BFloat16Instructions, mayLack: _fromDirectory is { Other: not null });
                _loaded = true;
            }
            catch (Exception e) when (e is not BadInputException)
            {
                var root = e;
                while (root.InnerException is { } inner) root = inner;
                throw new PlatformNotSupportedException(
                    $"Loading libtorch: {root.Message.ReplaceLineEndings(" ")} PgmCluster needs 64-bit Linux with glibc 2.28 and "
                    + "libstdc++ of GCC 12 or newer (Debian 12, Ubuntu 22.04 or later); "
                    + "run 'apt-get install libstdc++6 libgomp1', or use the container image.", e);
            }
        }
    }

    /// <summary>To be called once on a device's thread before its first operator; the OpenMP team inherits the priority.</summary>
    /// <param name="threads">Threads of the team.</param>
    /// <param name="lowerPriority">Lets everything else of the process go first.</param>
    public static void PrepareDeviceThread(int threads, bool lowerPriority)
    {
        PrepareProcess();
        if (lowerPriority && OperatingSystem.IsLinux()) setpriority(PriorityProcess, gettid(), DeviceNiceness);
        Load();
        // A thread that asks libtorch for the first time is given what any thread of the process set last: that must be over before this.
        torch.get_num_threads();
        torch.set_num_threads(threads);
    }

    /// <summary>True where libtorch has its CUDA part and the NVIDIA driver's library is there; known after <see cref="Load"/>.</summary>
    public static bool HasCuda { get; private set; }

    /// <summary>Number of CUDA devices that libtorch can use; 0 with the CPU build of libtorch or without a driver.</summary>
    public static int CudaDeviceCount()
    {
        Load();
        return HasCuda && torch.cuda.is_available() ? torch.cuda.device_count() : 0;
    }

    private static OtherLibtorch OtherByVariable()
    {
        var text = Environment.GetEnvironmentVariable(AnyVersion);
        if (string.IsNullOrEmpty(text)) return OtherLibtorch.Refused;
        return bool.TryParse(text, out var any)
            ? any ? OtherLibtorch.Passed : OtherLibtorch.Refused
            : throw new BadInputException($"Loading libtorch: {AnyVersion} is '{text}'. Set it to true or false.");
    }

    /// <summary>"vendor family-model" as the processor's own identification gives them.</summary>
    private static string Processor()
    {
        var (_, ebx, ecx, edx) = X86Base.CpuId(0, 0);
        Span<byte> vendor = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(vendor, ebx);
        BinaryPrimitives.WriteInt32LittleEndian(vendor[4..], edx);
        BinaryPrimitives.WriteInt32LittleEndian(vendor[8..], ecx);
        var signature = X86Base.CpuId(1, 0).Eax;
        var (family, model) = (signature >> 8 & 0xF, signature >> 4 & 0xF);
        if (family is 6 or 15) model += (signature >> 16 & 0xF) << 4;
        if (family == 15) family += signature >> 20 & 0xFF;
        return $"{Encoding.ASCII.GetString(vendor).Trim('\0', ' ')} {family}-{model}";
    }

    private static string FindBFloat16Instructions()
    {
        // Bits of CPUID leaf 7: AMX-BF16 is EDX bit 22 of subleaf 0, AVX512-BF16 is EAX bit 5 of subleaf 1.
        if (!X86Base.IsSupported) return "none";
        if ((X86Base.CpuId(7, 0).Edx >> 22 & 1) != 0) return "amx";
        return (X86Base.CpuId(7, 1).Eax >> 5 & 1) != 0 ? "avx512-bf16" : "none";
    }

    /// <summary>Lets this assembly's own imports of "torch_cpu" reach the libtorch that is loaded.</summary>
    static NativeRuntime() => NativeLibrary.SetDllImportResolver(
        typeof(NativeRuntime).Assembly, (name, _, _) => _fromDirectory?.Resolve(name) ?? 0);

    [DllImport("torch_cpu")]
    private static extern ulong aoti_torch_abi_version();

    [DllImport("libc", CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern int setenv(string name, string value, int overwrite);

    [DllImport("libc")]
    private static extern int mallopt(int parameter, int value);

    [DllImport("libc")]
    private static extern int malloc_trim(nuint pad);

    [DllImport("libc")]
    private static extern int setpriority(int which, int who, int priority);

    [DllImport("libc")]
    private static extern int gettid();
}
