using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Runtime;

/// <summary>
/// Products of bfloat16 matrices that are summed in float32 and come out as float32. libtorch's operators round a product of bfloat16 to
/// bfloat16 on CPUs; the small kernels of oneDNN's that its attention is made of do not.
/// </summary>
public static unsafe class BFloat16Products
{
    private const string Library = "torch_cpu";
    private const string Amx = "amx", Avx512 = "avx512-bf16";

    // The mathematics of one product: does it round what goes in, and only that?
    private static readonly Lazy<string?> Broken = new(Examine);

    /// <summary>Why this machine does not compute them; null where it does.</summary>
    public static string? Problem => ProblemOf(NativeRuntime.CpuModel, NativeRuntime.BFloat16Instructions) ?? Broken.Value;

    /// <summary>Why a processor does not compute them, as far as its kind says; null where it may.</summary>
    /// <param name="cpuModel">As <see cref="NativeRuntime.CpuModel"/> names it.</param>
    /// <param name="instructions">As <see cref="NativeRuntime.BFloat16Instructions"/> names them.</param>
    public static string? ProblemOf(string cpuModel, string instructions)
    {
        if (instructions is not (Amx or Avx512) || !cpuModel.StartsWith("x64-avx512 ", StringComparison.Ordinal))
            return $"{cpuModel} has neither AMX-BF16 nor AVX512-BF16";
        // oneDNN ends the process where it is asked for what such a variable has taken from it.
        return cpuModel.Contains("_MAX_CPU_ISA=", StringComparison.Ordinal)
            ? $"a variable may keep oneDNN from the instructions for bfloat16 ({cpuModel})"
            : null;
    }

    /// <summary>
    /// C = A B, or C + A B, on the calling thread. Each element's sum has an order that depends on the sizes alone.
    /// </summary>
    /// <param name="rows">Of A and C.</param>
    /// <param name="columns">Of B and C: 16, 32, 48 or 64.</param>
    /// <param name="inner">Columns of A, rows of B; even.</param>
    /// <param name="a">Bfloat16, rows of <paramref name="inner"/>.</param>
    /// <param name="b">A panel as <c>BFloat16Packing</c> makes them.</param>
    /// <param name="c">Float32.</param>
    /// <param name="rowOfC">Elements from a row of C to the next.</param>
    internal static void Multiply(long rows, long columns, long inner, void* a, void* b, float* c, long rowOfC) =>
        Brgemm(rows, columns, inner, inner, columns, rowOfC, false, a, b, c, true);

    /// <summary>To be called after the last of some products: gives AMX's tiles back to the thread.</summary>
    internal static void Release() => BrgemmRelease(true);

    private static string? Examine()
    {
        NativeRuntime.Load();
        if (NativeRuntime.IsOtherLibtorch(NativeRuntime.LibtorchVersion)) return "this libtorch is not the one that the program was built for";
        if (Float32Products.IsWithoutOneDnn) return "this libtorch was built without oneDNN";
        const int inner = 32, columns = 16;
        // 1 + 2^-7 is a number of bfloat16; its square, and the sum of those, are none, and are exact in float32.
        const float one = 1 + 1f / 128;
        var a = stackalloc ushort[inner];
        var b = stackalloc ushort[inner * columns];
        var c = stackalloc float[columns];
        for (var i = 0; i < inner * columns; i++) b[i] = (ushort)(BitConverter.SingleToUInt32Bits(one) >> 16);
        for (var i = 0; i < inner; i++) a[i] = b[0];
        try
        {
            Multiply(1, columns, inner, a, b, c, columns);
            Release();
        }
        catch (EntryPointNotFoundException)
        {
            return "this libtorch has no such products";
        }
        for (var i = 0; i < columns; i++)
        {
            if (c[i] != inner * one * one) return $"this libtorch makes {c[i]:R} of a product that is {inner * one * one:R}";
        }
        return null;
    }

    [DllImport(Library, EntryPoint = "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb")]
    private static extern void Brgemm(
        long m, long n, long k, long lda, long ldb, long ldc, [MarshalAs(UnmanagedType.U1)] bool add, void* a, void* b, float* c,
        [MarshalAs(UnmanagedType.U1)] bool isPacked);

    [DllImport(Library, EntryPoint = "_ZN2at6native7cpublas14brgemm_releaseEb")]
    private static extern void BrgemmRelease([MarshalAs(UnmanagedType.U1)] bool isPacked);
}
