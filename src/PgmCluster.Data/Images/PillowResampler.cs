using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace PgmCluster.Data.Images;

/// <summary>
/// Bilinear resizing with antialias, equal to Pillow's to the last bit: a triangle filter, widened by the scale when shrinking, in
/// fixed point with 22 fractional bits, first along rows, then along columns, rounded to 8 bits in between.
/// </summary>
public static class PillowResampler
{
    private const int PrecisionBits = 22;
    private const int Half = 1 << (PrecisionBits - 1);

    /// <summary>Resizes a picture.</summary>
    /// <param name="image">The picture, which is returned itself if it has the size already.</param>
    /// <param name="width">Pixels, at least 1.</param>
    /// <param name="height">Pixels, at least 1.</param>
    public static RgbImage Resize(RgbImage image, int width, int height) => ResizeAndCrop(image, width, height, 0, 0, width, height);

    /// <summary>
    /// Resizes to <paramref name="width"/> x <paramref name="height"/> and cuts out a rectangle, of which alone the pixels are computed.
    /// </summary>
    /// <returns>The picture itself if nothing is to be done.</returns>
    internal static RgbImage ResizeAndCrop(RgbImage image, int width, int height, int left, int top, int cropWidth, int cropHeight) =>
        image.Width == width && image.Height == height && cropWidth == width && cropHeight == height
            ? image
            : ResizeAndCrop(PixelRows.Of(image), width, height, left, top, cropWidth, cropHeight);

    /// <inheritdoc cref="ResizeAndCrop(RgbImage, int, int, int, int, int, int)"/>
    internal static RgbImage ResizeAndCrop(PixelRows image, int width, int height, int left, int top, int cropWidth, int cropHeight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var columns = new Taps(image.Width, width, left, cropWidth);
        var rows = new Taps(image.Height, height, top, cropHeight);
        var stride = cropWidth * RgbImage.Channels;
        var firstRow = rows.First[0];
        var rowCount = rows.First[^1] + rows.Count[^1] - firstRow;

        var result = new RgbImage(cropWidth, cropHeight);
        var narrowed = ArrayPool<byte>.Shared.Rent(rowCount * stride);
        var sums = ArrayPool<int>.Shared.Rent(stride);
        try
        {
            for (var y = 0; y < rowCount; y++) AlongRow(image, firstRow + y, columns, narrowed.AsSpan(y * stride, stride));
            for (var y = 0; y < cropHeight; y++)
            {
                var first = (rows.First[y] - firstRow) * stride;
                AcrossRows(narrowed.AsSpan(first, rows.Count[y] * stride), rows.Weights(y), sums.AsSpan(0, stride), result.Row(y));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(narrowed);
            ArrayPool<int>.Shared.Return(sums);
        }
        return result;
    }

    private static void AlongRow(PixelRows image, int y, Taps taps, Span<byte> destination)
    {
        if (taps.IsIdentity)
        {
            image.CopyRow(y, taps.First[0], destination);
            return;
        }
        var source = image.Row(y);
        var step = image.BytesPerPixel;
        for (var x = 0; x < taps.First.Length; x++)
        {
            var weights = taps.Weights(x);
            var pixels = source.Slice(taps.First[x] * step, weights.Length * step);
            int red = Half, green = Half, blue = Half;
            for (int k = 0, p = 0; k < weights.Length; k++, p += step)
            {
                var weight = weights[k];
                red += pixels[p] * weight;
                green += pixels[p + 1] * weight;
                blue += pixels[p + 2] * weight;
            }
            var to = x * RgbImage.Channels;
            destination[to] = Round(red);
            destination[to + 1] = Round(green);
            destination[to + 2] = Round(blue);
        }
    }

    private static void AcrossRows(ReadOnlySpan<byte> source, ReadOnlySpan<int> weights, Span<int> sums, Span<byte> destination)
    {
        sums.Fill(Half);
        for (var k = 0; k < weights.Length; k++)
            AddScaled(source.Slice(k * sums.Length, sums.Length), weights[k], sums);
        for (var i = 0; i < sums.Length; i++) destination[i] = Round(sums[i]);
    }

    private static void AddScaled(ReadOnlySpan<byte> source, int weight, Span<int> sums)
    {
        var i = 0;
        var lanes = Vector<int>.Count;
        for (; i <= source.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(source[i..]), out var low, out var high);
            Vector.Widen(low, out var a, out var b);
            Vector.Widen(high, out var c, out var d);
            var part = MemoryMarshal.Cast<int, Vector<int>>(sums.Slice(i, 4 * lanes));
            part[0] += Vector.AsVectorInt32(a) * weight;
            part[1] += Vector.AsVectorInt32(b) * weight;
            part[2] += Vector.AsVectorInt32(c) * weight;
            part[3] += Vector.AsVectorInt32(d) * weight;
        }
        for (; i < source.Length; i++) sums[i] += source[i] * weight;
    }

    private static byte Round(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);

    /// <summary>The weights of a triangle filter in fixed point.</summary>
    private sealed class Taps
    {
        private readonly ResamplingWeights _exact;
        private readonly int[][] _weights;

        public Taps(int inputSize, int outputSize, int start, int count)
        {
            _exact = new ResamplingWeights(inputSize, outputSize, start, count, reach: 1, distance => Math.Max(0, 1 - distance));
            _weights = new int[count][];
            for (var i = 0; i < count; i++)
            {
                var exact = _exact.Weights(i);
                var weights = _weights[i] = new int[exact.Length];
                for (var k = 0; k < exact.Length; k++) weights[k] = (int)(0.5 + exact[k] * (1 << PrecisionBits));
            }
        }

        public bool IsIdentity => _exact.IsIdentity;

        public int[] First => _exact.First;

        public int[] Count => _exact.Count;

        public ReadOnlySpan<int> Weights(int i) => _weights[i];
    }
}
