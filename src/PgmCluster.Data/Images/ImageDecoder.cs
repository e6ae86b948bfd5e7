using System.Buffers;
using System.Buffers.Binary;
using SkiaSharp;

namespace PgmCluster.Data.Images;

/// <summary>
/// Decodes JPEG, PNG, WebP, BMP and GIF (the first frame of an animation) as Pillow's <c>convert("RGB")</c> does, which the reference's
/// preparation calls: gray is repeated, alpha is dropped without blending, CMYK is converted, 16 bits a channel keep their upper 8; colour
/// profiles and EXIF rotation are ignored. What would come out otherwise (16-bit gray, a GIF with transparent pixels) is refused. Where a
/// background is named, transparent pixels are composed on it instead.
/// </summary>
public static class ImageDecoder
{
    private const int BytesPerPixel = 4;

    private static ReadOnlySpan<byte> JpegStart => [0xFF, 0xD8];

    private static ReadOnlySpan<byte> JpegEnd => [0xFF, 0xD9];

    private static ReadOnlySpan<byte> PngStart => [0x89, (byte)'P', (byte)'N', (byte)'G'];

    // The last chunk has no content, so its checksum is always this.
    private static ReadOnlySpan<byte> PngEnd => [(byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82];

    /// <summary>Decodes a whole picture in its own size.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="name">Names the picture in messages.</param>
    /// <param name="memory">Where room for the pixels is taken; null for no bound but that of one picture.</param>
    /// <param name="background">What transparent pixels are composed on; null drops their alpha.</param>
    /// <exception cref="UndecodablePictureException">
    /// The bytes are empty, truncated, broken or no picture, or the pixels need more memory than one picture may have.
    /// </exception>
    public static RgbImage Decode(
        ReadOnlySpan<byte> encoded, string name, DecodeMemory? memory = null, BackgroundColor? background = null)
    {
        var room = memory ?? DecodeMemory.Unbounded;
        return Open(encoded, name, room, codec =>
            Pixels(codec, name, Whole(codec, name, room), room, background, rows => rows.ToImage()));
    }

    /// <summary>
    /// Width and height in pixels; the picture too where its format keeps every pixel or has an alpha channel, and whether any of its
    /// pixels was transparent in any degree before its alpha was dropped.
    /// </summary>
    /// <inheritdoc cref="Decode"/>
    internal static (int Width, int Height, RgbImage? Image, bool IsTransparent) Look(ReadOnlySpan<byte> encoded, string name)
    {
        var keeps = KeepsEveryPixel(encoded);
        var room = DecodeMemory.Unbounded;
        return Open(encoded, name, room, codec =>
        {
            var hasAlpha = codec.Info.AlphaType != SKAlphaType.Opaque;
            if (!keeps && !hasAlpha) return (codec.Info.Width, codec.Info.Height, null, false);
            return Pixels(codec, name, Whole(codec, name, room), room, background: null, rows =>
                (rows.Width, rows.Height, (RgbImage?)rows.ToImage(), hasAlpha && HasTransparent(rows)));
        });
    }

    /// <summary>
    /// Decodes a picture, resizes its shorter side and cuts out the centre, as
    /// <see cref="ImagePreparation.Prepare(RgbImage, int)"/>. A JPEG that is larger than one picture may be is decoded at 1/2, 1/4 or 1/8,
    /// the largest that fits, if its shorter side still has <paramref name="size"/> pixels then.
    /// </summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="name">Names the picture in messages.</param>
    /// <param name="size">Side in pixels, at least 1.</param>
    /// <param name="memory">Where room for the pixels is taken; null for no bound but that of one picture.</param>
    /// <param name="background">What transparent pixels are composed on; null drops their alpha.</param>
    /// <returns><paramref name="size"/> x <paramref name="size"/> pixels.</returns>
    /// <exception cref="UndecodablePictureException">As in <see cref="Decode"/>.</exception>
    public static RgbImage DecodePrepared(
        ReadOnlySpan<byte> encoded, string name, int size, DecodeMemory? memory = null, BackgroundColor? background = null)
    {
        var room = memory ?? DecodeMemory.Unbounded;
        return Open(encoded, name, room, codec =>
        {
            var dimensions = Scales(codec).FirstOrDefault(d => Fits(d, room) && Math.Min(d.Width, d.Height) >= size);
            if (dimensions.IsEmpty) dimensions = Whole(codec, name, room);
            return Pixels(codec, name, dimensions, room, background, rows => ImagePreparation.Prepare(rows, size));
        });
    }

    /// <summary>
    /// Whether the format gives back the very pixels that were put in: PNG, BMP, GIF. Cheap; looks at the first bytes only.
    /// </summary>
    public static bool KeepsEveryPixel(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith(PngStart) || encoded.StartsWith("BM"u8) || encoded.StartsWith("GIF8"u8);

    private static unsafe T Open<T>(ReadOnlySpan<byte> encoded, string name, DecodeMemory memory, Func<SKCodec, T> read)
    {
        if (encoded.IsEmpty) throw Bad(name, "the file is empty");
        if (LacksEnd(encoded)) throw Bad(name, "the data are truncated (their end is missing)");
        if (IsGray16(encoded))
        {
            throw new UndecodablePictureException(
                name, "it is gray with 16 bits, of which Pillow's convert(\"RGB\") keeps the values up to 255 and makes all others white",
                "Save it with 8 bits.");
        }
        fixed (byte* bytes = encoded)
        {
            using var data = SKData.Create((nint)bytes, encoded.Length);
            using var codec = SKCodec.Create(data) ?? throw Bad(name, "it is no JPEG, PNG, WebP, BMP or GIF, or its header is broken");
            if (!Scales(codec).Any(d => Fits(d, memory))) throw TooLarge(codec, name, memory);
            return read(codec);
        }
    }

    /// <summary>The sizes in which a picture can be decoded, the largest first.</summary>
    private static IEnumerable<SKSizeI> Scales(SKCodec codec)
    {
        yield return new SKSizeI(codec.Info.Width, codec.Info.Height);
        if (codec.EncodedFormat != SKEncodedImageFormat.Jpeg) yield break;
        for (var part = 2; part <= 8; part *= 2) yield return codec.GetScaledDimensions(1f / part);
    }

    private static long BytesOf(SKSizeI dimensions) => (long)dimensions.Width * dimensions.Height * BytesPerPixel;

    private static bool Fits(SKSizeI dimensions, DecodeMemory memory) => BytesOf(dimensions) <= memory.PictureBytes;

    private static SKSizeI Whole(SKCodec codec, string name, DecodeMemory memory)
    {
        var whole = Scales(codec).First();
        return Fits(whole, memory) ? whole : throw TooLarge(codec, name, memory);
    }

    private static unsafe T Pixels<T>(
        SKCodec codec, string name, SKSizeI dimensions, DecodeMemory memory, BackgroundColor? background, RowsReader<T> read)
    {
        // Unpremultiplied keeps the colours below transparent pixels; without a colour space Skia converts no colours.
        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
        var info = new SKImageInfo(dimensions.Width, dimensions.Height, SKColorType.Rgba8888, alpha);
        using var room = memory.Take(info.BytesSize64);
        var rgba = ArrayPool<byte>.Shared.Rent(info.BytesSize);
        try
        {
            SKCodecResult result;
            fixed (byte* pixels = rgba) result = codec.GetPixels(info, (nint)pixels);
            if (result == SKCodecResult.IncompleteInput) throw Bad(name, "the data are truncated");
            if (result != SKCodecResult.Success) throw Bad(name, $"the data are broken ({result})");
            var content = rgba.AsSpan(0, info.BytesSize);
            if (codec.EncodedFormat == SKEncodedImageFormat.Gif && HasTransparent(content))
            {
                throw new UndecodablePictureException(
                    name, "it is a GIF with transparent pixels, whose colours Pillow keeps and this program cannot see", "Save it as PNG.");
            }
            if (alpha == SKAlphaType.Unpremul) background?.Compose(content);
            return read(new PixelRows(content, info.Width, info.Height, BytesPerPixel));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rgba);
        }
    }

    private static bool HasTransparent(PixelRows rows)
    {
        for (var y = 0; y < rows.Height; y++) if (HasTransparent(rows.Row(y))) return true;
        return false;
    }

    private static bool HasTransparent(ReadOnlySpan<byte> rgba)
    {
        for (var i = BytesPerPixel - 1; i < rgba.Length; i += BytesPerPixel)
            if (rgba[i] != byte.MaxValue) return true;
        return false;
    }

    // Of the header, which is the first chunk: depth behind width and height, then the kind, 0 for gray without alpha.
    private static bool IsGray16(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith(PngStart) && encoded.Length > 25 && encoded[24] == 16 && encoded[25] == 0;

    // The decoder itself is content without the last few bytes, where it has all rows but has not met the checksum over them.
    private static bool LacksEnd(ReadOnlySpan<byte> encoded)
    {
        if (encoded.StartsWith(JpegStart)) return encoded.LastIndexOf(JpegEnd) < 0;
        if (encoded.StartsWith(PngStart)) return encoded.LastIndexOf(PngEnd) < 0;
        return encoded.Length >= 8 && encoded.StartsWith("RIFF"u8)
            && BinaryPrimitives.ReadUInt32LittleEndian(encoded[4..]) > encoded.Length - 8;
    }

    private static UndecodablePictureException TooLarge(SKCodec codec, string name, DecodeMemory memory) => new(
        name, $"{codec.Info.Width}x{codec.Info.Height} pixels take {BytesOf(Scales(codec).First()) >> 20} MiB, "
        + $"{memory.PictureBytes >> 20} MiB are allowed", "Make it smaller.");

    private static UndecodablePictureException Bad(string name, string found) => new(name, found, "Replace or remove the file.");

    private delegate T RowsReader<T>(PixelRows rows);
}
