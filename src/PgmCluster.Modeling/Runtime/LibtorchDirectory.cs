using System.Runtime.InteropServices;
using PgmCluster.Data;

namespace PgmCluster.Modeling.Runtime;

/// <summary>
/// libtorch from a directory instead of the package's copy: a system's, an image's, the torch/lib of a Python installation, with or without
/// CUDA.
/// TorchSharp's own native library stays the same: what is loaded first under a library's name is what it is bound to.
/// </summary>
internal sealed class LibtorchDirectory
{
    internal const string Binding = "libLibTorchSharp.so", Cpu = "libtorch_cpu.so", Cuda = "libtorch_cuda.so";
    private readonly nint _cpu;

    private LibtorchDirectory(nint cpu, bool hasCuda, string version, string? other) =>
        (_cpu, HasCuda, Version, Other) = (cpu, hasCuda, version, other);

    /// <summary>What the library says of itself.</summary>
    public string Version { get; }

    /// <summary>SHA-256 over the files of a library whose major.minor is another than the one built for; null for one that fits.</summary>
    public string? Other { get; }

    /// <summary>True where its CUDA part was loaded.</summary>
    public bool HasCuda { get; }

    /// <summary>True where the program brings a libtorch of its own.</summary>
    public static bool ProgramHasOne => Beside(Cpu) is not null;

    /// <summary>Loads the directory's libtorch and binds TorchSharp to it.</summary>
    /// <param name="directory">Holds libc10.so, libtorch_cpu.so and libtorch.so.</param>
    /// <param name="hasDriver">The NVIDIA driver is there: then libtorch_cuda.so is loaded as well, where the directory has it.</param>
    /// <param name="other">What becomes of one with another major.minor.</param>
    /// <exception cref="BadInputException">Something is missing, cannot be loaded, or does not fit.</exception>
    public static LibtorchDirectory Load(string directory, bool hasDriver, OtherLibtorch other)
    {
        directory = Path.GetFullPath(directory);
        var missing = new[] { "libc10.so", Cpu, "libtorch.so" }.Where(f => !File.Exists(Path.Combine(directory, f))).ToArray();
        if (missing.Length > 0) throw Refused(directory, $"{string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} not there");
        var binding = Beside(Binding) ?? throw Refused(directory, $"{Binding}, which this program has to bring, is not there");

        var c10 = Open(directory, "libc10.so");
        var cpu = Open(directory, Cpu);
        // CUDA is looked up once in a process, at the first call that asks for it: so before any.
        var hasCuda = hasDriver && File.Exists(Path.Combine(directory, Cuda));
        if (hasCuda) Open(directory, Cuda);
        var all = Open(directory, "libtorch.so");
        var version = VersionOf(directory, cpu);
        var hash = IsOther(version) ? Permit(directory, version, other) : null;
        CheckSymbols(directory, binding, all, cpu, c10);
        Bind(directory, binding);
        return new LibtorchDirectory(cpu, hasCuda, version, hash);
    }

    /// <summary>The loaded library behind a name that .NET would look for beside the program; 0 for other names.</summary>
    public nint Resolve(string library) => library == "torch_cpu" ? _cpu : 0;

    private static string VersionOf(string directory, nint cpu)
    {
        if (!NativeLibrary.TryGetExport(cpu, "aoti_torch_abi_version", out var address))
            throw Refused(directory, "it does not say its version (aoti_torch_abi_version), so it is older than 2.4");
        return LibtorchVersions.Text(Marshal.GetDelegateForFunctionPointer<AbiVersion>(address)());
    }

    private static bool IsOther(string version) =>
        LibtorchVersions.MajorMinor(version) != LibtorchVersions.MajorMinor(LibtorchVersions.BuiltFor);

    /// <summary>A newer or older libtorch may have every symbol and still compute something else: only trying tells.</summary>
    /// <returns>SHA-256 over its files.</returns>
    private static string Permit(string directory, string version, OtherLibtorch other)
    {
        var found = $"Loading libtorch from {directory}: it is libtorch {version}, this program was built for "
        + $"{LibtorchVersions.MajorMinor(LibtorchVersions.BuiltFor)}";
        if (other == OtherLibtorch.Refused)
            throw new BadInputException($"{found}. Name a directory with that version, or set PGM_LIBTORCHANYVERSION=true "
            + "(Pgm:LibTorchAnyVersion) and see with 'pgm doctor' whether this one computes rightly.");
        var hash = LibtorchPass.HashOf(directory);
        if (other == OtherLibtorch.Passed && !LibtorchPass.Holds(hash))
            throw new BadInputException($"{found}, and {LibtorchPass.Directory} has no word that 'pgm doctor' of this program passed "
            + "with these files. Run 'pgm doctor' with the same PGM_LIBTORCH and PGM_LIBTORCHANYVERSION first, as the same user.");
        return hash;
    }

    /// <summary>
    /// The symbols that TorchSharp's native library needs, and those of them that are in none of the libraries or what these load.
    /// </summary>
    public static (IReadOnlyList<string> Needed, IReadOnlyList<string> Missing) Symbols(string binding, params nint[] libraries)
    {
        var needed = ElfSymbols.Undefined(binding);
        return (needed, [.. needed.Where(s => !libraries.Any(l => NativeLibrary.TryGetExport(l, s, out _)))]);
    }

    private static void CheckSymbols(string directory, string binding, params nint[] libraries)
    {
        var (_, missing) = Symbols(binding, libraries);
        if (missing.Count > 0)
            throw Refused(directory, $"{missing.Count} symbols that {Binding} needs are not in it, the first is {missing[0]}");
    }

    private static void Bind(string directory, string binding)
    {
        // TorchSharp would load the libtorch_cpu.so beside it as well, a second copy: so it is told that there is one
        // (src/Build/KeptHandles.cs).
        AppContext.SetData("PgmCluster.LibtorchIsLoaded", true);
        if (!NativeLibrary.TryLoad(binding, out _)) throw Refused(directory, $"{binding} cannot be loaded with it");
        var mapped = File.ReadLines("/proc/self/maps").Where(l => l.EndsWith('/' + Cpu, StringComparison.Ordinal))
            .Select(l => l[l.IndexOf('/', StringComparison.Ordinal)..]).Distinct().ToArray();
        if (mapped.Length != 1) throw Refused(directory, $"{Cpu} is loaded {mapped.Length} times: {string.Join(", ", mapped)}");
    }

    private static nint Open(string directory, string file)
    {
        try
        {
            return NativeLibrary.Load(Path.Combine(directory, file));
        }
        catch (DllNotFoundException e)
        {
            throw Refused(directory, $"{file} cannot be loaded ({e.Message.Split('\n')[0].Trim()})", e);
        }
        catch (BadImageFormatException e)
        {
            throw Refused(directory, $"{file} is no library for this system", e);
        }
    }

    private static string? Beside(string file) =>
        new[] { AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native") }
        .Select(d => Path.Combine(d, file)).FirstOrDefault(File.Exists);

    private static BadInputException Refused(string directory, string problem, Exception? inner = null) => new(
        $"Loading libtorch from {directory}: {problem}. Set PGM_LIBTORCH (Pgm:LibTorch) to a directory with libtorch "
        + $"{LibtorchVersions.MajorMinor(LibtorchVersions.BuiltFor)} for Linux, such as the torch/lib of a Python installation, or unset "
        + "it.", inner!);

    private delegate ulong AbiVersion();
}
