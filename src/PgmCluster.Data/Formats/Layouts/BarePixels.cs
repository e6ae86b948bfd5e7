using System.Buffers.Binary;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// Pixels without a file format of their own, as an uncompressed bitmap (BITMAPINFOHEADER, 24 bits), so that every picture is decoded in
/// one way.
/// </summary>
internal static class BarePixels
{
    private const int HeaderSize = 54, InfoSize = 40, Bits = 24;

    /// <summary>The bitmap's bytes.</summary>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="bytes">The stored pixels.</param>
    /// <param name="red">Where in <paramref name="bytes"/> the red of the pixel (x, y) is.</param>
    /// <param name="toGreen">From red to green; 0 in a gray picture.</param>
    /// <param name="toBlue">From red to blue; 0 in a gray picture.</param>
    public static byte[] ToBitmap(int width, int height, ReadOnlySpan<byte> bytes, Func<int, int, int> red, int toGreen, int toBlue)
    {
        var stride = (width * 3 + 3) / 4 * 4;
        var bitmap = new byte[HeaderSize + stride * height];
        "BM"u8.CopyTo(bitmap);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(2), bitmap.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(10), HeaderSize);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(14), InfoSize);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(bitmap.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(bitmap.AsSpan(28), Bits);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(34), stride * height);
        for (var y = 0; y < height; y++)
        {
            // Rows stand from the bottom up, a pixel as blue, green, red.
            var to = HeaderSize + (height - 1 - y) * stride;
            for (var x = 0; x < width; x++, to += 3)
            {
                var from = red(x, y);
                (bitmap[to], bitmap[to + 1], bitmap[to + 2]) = (bytes[from + toBlue], bytes[from + toGreen], bytes[from]);
            }
        }
        return bitmap;
    }
}
