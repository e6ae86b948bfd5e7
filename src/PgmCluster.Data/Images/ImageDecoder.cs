using System.Buffers;
using System.Buffers.Binary;
using SkiaSharp;

namespace PgmCluster.Data.Images;

/// <summary>
/// Decodes JPEG, PNG, WebP, BMP and GIF (its first frame) as the reference's preparation does: gray is repeated, alpha is dropped
/// without blending, CMYK is converted; colour profiles and EXIF rotation are ignored.
/// </summary>
public static class ImageDecoder
{
    /// <summary>The most pixels a picture may have: beyond, a few bytes of file would claim gigabytes of memory.</summary>
    public const long MaxPixels = 1L << 28;

    private static ReadOnlySpan<byte> JpegStart => [0xFF, 0xD8];

    private static ReadOnlySpan<byte> JpegEnd => [0xFF, 0xD9];

    private static ReadOnlySpan<byte> PngStart => [0x89, (byte)'P', (byte)'N', (byte)'G'];

    // The last chunk has no content, so its checksum is always this.
    private static ReadOnlySpan<byte> PngEnd => [(byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82];

    /// <summary>Decodes a whole picture.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="name">Names the picture in messages.</param>
    /// <exception cref="BadInputException">The bytes are empty, truncated, broken or no picture.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> encoded, string name) => Open(encoded, name, Decode);

    /// <summary>Width and height in pixels, from the header; the end of the data is looked for, the pixels are not decoded.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="name">Names the picture in messages.</param>
    /// <exception cref="BadInputException">
    /// The bytes are empty, truncated or no picture, or it has more than <see cref="MaxPixels"/>.
    /// </exception>
    public static (int Width, int Height) ReadSize(ReadOnlySpan<byte> encoded, string name) =>
        Open(encoded, name, (codec, _) => (codec.Info.Width, codec.Info.Height));

    /// <summary>
    /// Whether the format gives back the very pixels that were put in: PNG, BMP, GIF. Cheap; looks at the first bytes only.
    /// </summary>
    public static bool KeepsEveryPixel(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith(PngStart) || encoded.StartsWith("BM"u8) || encoded.StartsWith("GIF8"u8);

    private static unsafe T Open<T>(ReadOnlySpan<byte> encoded, string name, Func<SKCodec, string, T> read)
    {
        if (encoded.IsEmpty) throw Bad(name, "the file is empty");
        if (LacksEnd(encoded)) throw Bad(name, "the data are truncated (their end is missing)");
        fixed (byte* bytes = encoded)
        {
            using var data = SKData.Create((nint)bytes, encoded.Length);
            using var codec = SKCodec.Create(data) ?? throw Bad(name, "it is no JPEG, PNG, WebP, BMP or GIF, or its header is broken");
            var (width, height) = (codec.Info.Width, codec.Info.Height);
            if ((long)width * height > MaxPixels) throw Bad(name, $"{width}x{height} are more than the {MaxPixels} pixels allowed");
            return read(codec, name);
        }
    }

    private static unsafe RgbImage Decode(SKCodec codec, string name)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        // Unpremultiplied keeps the colours below transparent pixels; without a colour space Skia converts no colours.
        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, alpha);
        var rgba = ArrayPool<byte>.Shared.Rent(info.BytesSize);
        try
        {
            SKCodecResult result;
            fixed (byte* pixels = rgba) result = codec.GetPixels(info, (nint)pixels);
            if (result == SKCodecResult.IncompleteInput) throw Bad(name, "the data are truncated");
            if (result != SKCodecResult.Success) throw Bad(name, $"the data are broken ({result})");
            return new RgbImage(width, height, DropAlpha(rgba.AsSpan(0, info.BytesSize)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rgba);
        }
    }

    // The decoder itself is content without the last few bytes, where it has all rows but has not met the checksum over them.
    private static bool LacksEnd(ReadOnlySpan<byte> encoded)
    {
        if (encoded.StartsWith(JpegStart)) return encoded.LastIndexOf(JpegEnd) < 0;
        if (encoded.StartsWith(PngStart)) return encoded.LastIndexOf(PngEnd) < 0;
        return encoded.Length >= 8 && encoded.StartsWith("RIFF"u8)
            && BinaryPrimitives.ReadUInt32LittleEndian(encoded[4..]) > encoded.Length - 8;
    }

    private static byte[] DropAlpha(ReadOnlySpan<byte> rgba)
    {
        var rgb = new byte[rgba.Length / 4 * 3];
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            rgb[to] = rgba[from];
            rgb[to + 1] = rgba[from + 1];
            rgb[to + 2] = rgba[from + 2];
        }
        return rgb;
    }

    private static BadInputException Bad(string name, string found) =>
        new($"Decoding the picture {name}: {found}. Replace or remove the file.");
}
