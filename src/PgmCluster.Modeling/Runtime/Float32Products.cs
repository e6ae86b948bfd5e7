using System.Runtime.InteropServices;
using PgmCluster.Data;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Runtime;

/// <summary>
/// Which library multiplies matrices of float32 on the CPU. libtorch takes MKL, which looks at the maker of a processor before its
/// instructions: on AMD's with AVX-512 it computes with kernels for vectors of 256 bits, at half the rate of oneDNN's. libtorch gives such
/// products to oneDNN only where they may be rounded to bfloat16 on the way; oneDNN rounds where a processor has AMX, and multiplies
/// float32 as it is on all others. A function of processor and libtorch, both of which the numerics fingerprint names: a library that does
/// not do what they promise is not loaded.
/// </summary>
public static class Float32Products
{
    private const string Library = "torch_cpu";

    // Of at::Float32Backend, at::Float32Op and at::Float32Precision.
    private const int OneDnn = 2, Products = 3, LeaveOpen = 0, MayRound = 3;
    private const int Side = 64;

    /// <summary>Products of float32 on the CPU are oneDNN's, exact to float32; known after <see cref="NativeRuntime.Load"/>.</summary>
    public static bool AreByOneDnn { get; private set; }

    /// <summary>
    /// libtorch was built without oneDNN: it takes the choice, and computes as if there were none. Its last bits are its own on every
    /// processor, so fingerprints say so. Known after <see cref="NativeRuntime.Load"/>.
    /// </summary>
    public static bool IsWithoutOneDnn { get; private set; }

    /// <summary>Has oneDNN multiply where that is the faster.</summary>
    /// <inheritdoc cref="Choose" path="/param|/exception"/>
    internal static void Load(string cpuModel, string bfloat16, bool mayLack)
    {
        IsWithoutOneDnn = !IsBuiltWithOneDnn();
        AreByOneDnn = Choose(cpuModel, bfloat16, mayLack, IsWithoutOneDnn);
    }

    /// <summary>Takes oneDNN where it is the faster and rounds nothing; looks at a product before it believes that.</summary>
    /// <param name="cpuModel">As <see cref="NativeRuntime.CpuModel"/> names it.</param>
    /// <param name="bfloat16">As <see cref="NativeRuntime.BFloat16Instructions"/> names them.</param>
    /// <param name="mayLack">libtorch is of another version than the one built for, and may not have that choice.</param>
    /// <param name="isWithoutOneDnn">libtorch was built without it.</param>
    /// <returns>Whether products are oneDNN's now.</returns>
    /// <exception cref="BadInputException">Such a libtorch rounds, or lacks the choice and may not.</exception>
    internal static bool Choose(string cpuModel, string bfloat16, bool mayLack, bool isWithoutOneDnn)
    {
        // The look at a product cannot tell: who multiplies instead rounds nothing either.
        if (isWithoutOneDnn || !IsFaster(cpuModel, bfloat16)) return false;
        try
        {
            var context = GlobalContext();
            SetPrecision(context, OneDnn, Products, MayRound);
            if (IsExact()) return true;
            SetPrecision(context, OneDnn, Products, LeaveOpen);
            throw Broken(cpuModel, "rounds them to a narrower type");
        }
        catch (EntryPointNotFoundException)
        {
            // The name is as compilers on Linux write it.
            if (!mayLack && OperatingSystem.IsLinux()) throw Broken(cpuModel, "cannot be told to");
            return false;
        }
    }

    /// <summary>True as well where this libtorch does not say.</summary>
    private static bool IsBuiltWithOneDnn()
    {
        try
        {
            return HasOneDnn();
        }
        catch (EntryPointNotFoundException)
        {
            return true;
        }
    }

    private static BadInputException Broken(string cpuModel, string found) => new(
        $"Loading libtorch: on {cpuModel} runs count on products of float32 by oneDNN, and this libtorch {found}. "
        + "Unset PGM_LIBTORCH, so that the program's own is used; report it if this is the program's own.");

    /// <summary>True for processors of AMD with AVX-512 and without AMX.</summary>
    internal static bool IsFaster(string cpuModel, string bfloat16) =>
        bfloat16 != "amx" && cpuModel.StartsWith("x64-avx512 AuthenticAMD", StringComparison.Ordinal);

    private static bool IsExact()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // Thirds have no end in bits: rounded to bfloat16 they are off by up to 1/512 of themselves.
        var a = arange(1, Side * Side + 1, dtype: float32, device: CPU).reciprocal_().view(Side, Side);
        var exact = a.to_type(float64).mm(a.t().to_type(float64));
        return HostRead.Scalar<double>(((a.mm(a.t()).to_type(float64) - exact).abs() / exact).max()) < 1e-5;
    }

    [DllImport(Library, EntryPoint = "_ZN2at7Context9hasMKLDNNEv")]
    [return: MarshalAs(UnmanagedType.U1)]
    private static extern bool HasOneDnn();

    [DllImport(Library, EntryPoint = "_ZN2at13globalContextEv")]
    private static extern nint GlobalContext();

    [DllImport(Library, EntryPoint = "_ZN2at7Context19setFloat32PrecisionENS_14Float32BackendENS_9Float32OpENS_16Float32PrecisionE")]
    private static extern void SetPrecision(nint context, int backend, int operation, int precision);
}
