using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PgmCluster.Modeling.Kernels;

/// <summary>
/// Copies of float32 matrices, rounded to bfloat16 (to the nearest, ties to even; what is not a number stays so), in the two orders that
/// <see cref="Runtime.BFloat16Products"/> reads: rows for the left matrix, and for the right one panels of up to
/// <see cref="PanelWidth"/> columns, in each of which two rows stand side by side in turns: element (r, c) of a panel of w columns is at
/// (r / 2 · w + c) · 2 + r mod 2. Two rounded numbers are one number of 32 bits here. Letters: R rows, C columns, both as the float32
/// matrix has them.
/// </summary>
internal static unsafe class BFloat16Packing
{
    /// <summary>Columns of a panel; the last one may have fewer.</summary>
    public const int PanelWidth = 64;

    /// <summary>What a matrix's width must be a multiple of.</summary>
    public const int Step = 32;

    private const int Lanes = VectorKernels.Lanes;

    /// <summary>R, or what it is padded to with zeros where products sum over rows.</summary>
    public static long Padded(long rows) => (rows + Step - 1) / Step * Step;

    /// <summary>The matrix as the left one: [R, C].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* from, long rows, long columns, uint* to)
    {
        var elements = rows * columns;
        for (var i = 0L; i < elements; i += Step, to += Lanes) Pairs(from + i).Store(to);
    }

    /// <summary>Its transpose as the left one: [C, <see cref="Padded"/> R].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Columns(float* from, long rows, long columns, uint* to)
    {
        var stride = Padded(rows) / 2;
        var block = stackalloc Vector512<uint>[Lanes];
        for (var row = 0L; row < rows; row += Step)
        {
            for (var column = 0L; column < columns; column += Lanes)
            {
                for (var i = 0; i < Lanes; i++) block[i] = TwoRows(from + column, row + 2 * i, rows, columns);
                Transpose(block);
                for (var i = 0; i < Lanes; i++) block[i].Store(to + (column + i) * stride + row / 2);
            }
        }
    }

    /// <summary>The matrix as the right one, [<see cref="Padded"/> R, C].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PanelsOfRows(float* from, long rows, long columns, uint* to)
    {
        var padded = Padded(rows);
        for (var first = 0L; first < columns; first += PanelWidth)
        {
            var width = Math.Min(PanelWidth, columns - first);
            for (var row = 0L; row < padded; row += 2)
            {
                for (var column = 0L; column < width; column += Lanes, to += Lanes)
                    TwoRows(from + first + column, row, rows, columns).Store(to);
            }
        }
    }

    /// <summary>Its transpose as the right one, [C, R]; R must be a multiple of <see cref="Step"/>, too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PanelsOfColumns(float* from, long rows, long columns, uint* to)
    {
        var block = stackalloc Vector512<uint>[Lanes];
        for (var first = 0L; first < rows; first += PanelWidth)
        {
            var width = Math.Min(PanelWidth, rows - first);
            for (var row = 0L; row < width; row += Lanes)
            {
                for (var column = 0L; column < columns; column += Step)
                {
                    for (var i = 0; i < Lanes; i++) block[i] = Pairs(from + (first + row + i) * columns + column);
                    Transpose(block);
                    for (var i = 0; i < Lanes; i++) block[i].Store(to + (column / 2 + i) * width + row);
                }
            }
            to += width * columns / 2;
        }
    }

    /// <summary>32 numbers side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pairs(float* from) => Vector512.Create(
        Avx512F.ConvertToVector256UInt16(Rounded(Vector512.Load(from)) >>> 16),
        Avx512F.ConvertToVector256UInt16(Rounded(Vector512.Load(from + Lanes)) >>> 16)).AsUInt32();

    /// <summary>16 numbers of a row, each with the one below it; zeros behind the last row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> TwoRows(float* from, long row, long rows, long columns)
    {
        if (row >= rows) return Vector512<uint>.Zero;
        var upper = Rounded(Vector512.Load(from + row * columns)) >>> 16;
        return row + 1 == rows
            ? upper
            : upper | (Rounded(Vector512.Load(from + (row + 1) * columns)) & Vector512.Create(0xFFFF0000u));
    }

    /// <summary>The upper half of each number is it in bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rounded(Vector512<float> v)
    {
        var bits = v.AsUInt32();
        var rounded = bits + (bits >>> 16 & Vector512<uint>.One) + Vector512.Create(0x7FFFu);
        return Vector512.ConditionalSelect(Vector512.Equals(v, v).AsUInt32(), rounded, Vector512.Create(0x7FC00000u));
    }

    /// <summary>16 vectors of 16: rows become columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(Vector512<uint>* m)
    {
        // Within the quarters of 128 bits: pairs, then fours.
        for (var i = 0; i < Lanes; i += 4)
        {
            var (a, b) = (Avx512F.UnpackLow(m[i], m[i + 1]), Avx512F.UnpackHigh(m[i], m[i + 1]));
            var (c, d) = (Avx512F.UnpackLow(m[i + 2], m[i + 3]), Avx512F.UnpackHigh(m[i + 2], m[i + 3]));
            m[i] = Avx512F.UnpackLow(a.AsUInt64(), c.AsUInt64()).AsUInt32();
            m[i + 1] = Avx512F.UnpackHigh(a.AsUInt64(), c.AsUInt64()).AsUInt32();
            m[i + 2] = Avx512F.UnpackLow(b.AsUInt64(), d.AsUInt64()).AsUInt32();
            m[i + 3] = Avx512F.UnpackHigh(b.AsUInt64(), d.AsUInt64()).AsUInt32();
        }
        // Quarter q of vector 4 g + j is now rows 4 g to 4 g + 3 of column 4 q + j.
        for (var j = 0; j < 4; j++)
        {
            var (low, high) = (Avx512F.Shuffle4x128(m[j], m[4 + j], 0x44), Avx512F.Shuffle4x128(m[j], m[4 + j], 0xEE));
            var (low2, high2) = (Avx512F.Shuffle4x128(m[8 + j], m[12 + j], 0x44), Avx512F.Shuffle4x128(m[8 + j], m[12 + j], 0xEE));
            m[j] = Avx512F.Shuffle4x128(low, low2, 0x88);
            m[4 + j] = Avx512F.Shuffle4x128(low, low2, 0xDD);
            m[8 + j] = Avx512F.Shuffle4x128(high, high2, 0x88);
            m[12 + j] = Avx512F.Shuffle4x128(high, high2, 0xDD);
        }
    }
}
