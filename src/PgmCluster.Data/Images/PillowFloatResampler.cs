using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace PgmCluster.Data.Images;

/// <summary>
/// Bicubic resizing with antialias of one channel of floats, equal to Pillow's in its mode 'F': a cubic filter with a = -0.5, widened
/// by the scale when shrinking; sums in double, first along rows, then along columns, rounded to float in between.
/// </summary>
public static class PillowFloatResampler
{
    private const double Reach = 2, A = -0.5;

    /// <summary>Resizes a channel.</summary>
    /// <param name="source">[height, width]</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="destination">Receives [newHeight, newWidth]; of exactly that length.</param>
    /// <param name="newHeight">Rows wanted, at least 1.</param>
    /// <param name="newWidth">Columns wanted, at least 1.</param>
    public static void Resize(ReadOnlySpan<float> source, int height, int width, Span<float> destination, int newHeight, int newWidth) =>
        Resize(source, Weights(height, newHeight), height, Weights(width, newWidth), width, destination);

    internal static ResamplingWeights Weights(int size, int newSize) => new(size, newSize, 0, newSize, Reach, Cubic);

    internal static void Resize(
        ReadOnlySpan<float> source, ResamplingWeights rows, int height, ResamplingWeights columns, int width, Span<float> destination)
    {
        var (newHeight, newWidth) = (rows.First.Length, columns.First.Length);
        if (source.Length != height * width || destination.Length != newHeight * newWidth)
            throw new ArgumentException(
                $"{height}x{width} to {newHeight}x{newWidth} needs as many floats, not {source.Length} and {destination.Length}.",
                nameof(destination));
        var narrowed = ArrayPool<float>.Shared.Rent(height * newWidth);
        var sums = ArrayPool<double>.Shared.Rent(newWidth);
        try
        {
            for (var y = 0; y < height; y++) AlongRow(source.Slice(y * width, width), columns, narrowed.AsSpan(y * newWidth, newWidth));
            for (var y = 0; y < newHeight; y++)
            {
                var across = narrowed.AsSpan(rows.First[y] * newWidth, rows.Count[y] * newWidth);
                AcrossRows(across, rows.Weights(y), sums.AsSpan(0, newWidth), destination.Slice(y * newWidth, newWidth));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(narrowed);
            ArrayPool<double>.Shared.Return(sums);
        }
    }

    private static double Cubic(double distance) => distance switch
    {
        < 1 => ((A + 2) * distance - (A + 3)) * distance * distance + 1,
        < 2 => (((distance - 5) * distance + 8) * distance - 4) * A,
        _ => 0,
    };

    private static void AlongRow(ReadOnlySpan<float> source, ResamplingWeights columns, Span<float> destination)
    {
        for (var x = 0; x < destination.Length; x++)
        {
            var weights = columns.Weights(x);
            var pixels = source.Slice(columns.First[x], weights.Length);
            var sum = 0.0;
            for (var k = 0; k < weights.Length; k++) sum += pixels[k] * weights[k];
            destination[x] = (float)sum;
        }
    }

    private static void AcrossRows(ReadOnlySpan<float> source, ReadOnlySpan<double> weights, Span<double> sums, Span<float> destination)
    {
        sums.Clear();
        for (var k = 0; k < weights.Length; k++) AddScaled(source.Slice(k * sums.Length, sums.Length), weights[k], sums);
        for (var i = 0; i < sums.Length; i++) destination[i] = (float)sums[i];
    }

    private static void AddScaled(ReadOnlySpan<float> source, double weight, Span<double> sums)
    {
        var i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(source[i..]), out var low, out var high);
            var part = MemoryMarshal.Cast<double, Vector<double>>(sums.Slice(i, Vector<float>.Count));
            part[0] += low * weight;
            part[1] += high * weight;
        }
        for (; i < source.Length; i++) sums[i] += source[i] * weight;
    }
}
