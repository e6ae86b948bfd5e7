using PgmCluster.Data.Images;
using SkiaSharp;

namespace PgmCluster.Data.Tests.Images;

public class ImageTests
{
    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Decode_TruncatedAnywhere_RefusesOnOneLineNamingTheFile(SKEncodedImageFormat format)
    {
        var whole = Encode(Noise(40, 30), format);
        Assert.Equal(40, ImageDecoder.Decode(whole, "whole").Width);

        for (var length = 0; length < whole.Length; length += length < 100 ? 1 : 7)
        {
            var error = Assert.Throws<UndecodablePictureException>(() => ImageDecoder.Decode(whole.AsSpan(0, length), "cat.img"));
            Assert.Contains("cat.img", error.Message);
            Assert.DoesNotContain('\n', error.Message);
        }
        for (var cut = 1; cut < 30; cut++)
            Assert.Throws<UndecodablePictureException>(() => ImageDecoder.Decode(whole.AsSpan(0, whole.Length - cut), "cat.img"));
    }

    [Fact]
    public void Decode_RandomBytes_RefusesThem()
    {
        var random = new Random(3);
        for (var i = 0; i < 200; i++)
        {
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            Assert.Throws<UndecodablePictureException>(() => ImageDecoder.Decode(bytes, "noise"));
        }
    }

    [Fact]
    public void Decode_CorruptPngPixels_Refuses()
    {
        var png = Encode(Noise(40, 30), SKEncodedImageFormat.Png);
        png[png.Length / 2] ^= 0xFF;

        Assert.Throws<UndecodablePictureException>(() => ImageDecoder.Decode(png, "corrupt.png"));
    }

    [Fact]
    public void Decode_TransparentPixels_KeepTheirColour()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        // Into the memory: setting pixels by colour would multiply by the alpha on the way.
        byte[] rgba = [200, 100, 50, 0, 10, 20, 30, 128];
        System.Runtime.InteropServices.Marshal.Copy(rgba, 0, bitmap.GetPixels(), rgba.Length);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);

        Assert.Equal([200, 100, 50, 10, 20, 30], ImageDecoder.Decode(png.AsSpan(), "x").Pixels);
    }

    [Fact]
    public void Decode_ClaimOfHugePicture_RefusesWithoutTheMemory()
    {
        var png = Encode(new RgbImage(1, 1), SKEncodedImageFormat.Png);
        byte[] sizes = [0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF];
        sizes.CopyTo(png, 16);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), PngChecksum(png.AsSpan(12, 17)));

        Assert.Contains("65535x65535", Assert.Throws<UndecodablePictureException>(() => ImageDecoder.Decode(png, "bomb")).Message);
    }

    [Fact]
    public void PngWriter_AnyPicture_IsLosslessAndDeterministic()
    {
        var image = Noise(37, 11);

        var png = PngWriter.Encode(image);

        Assert.Equal(image.Pixels, ImageDecoder.Decode(png, "x").Pixels);
        Assert.Equal(png, PngWriter.Encode(image));
    }

    [Fact]
    public void Resize_ConstantPicture_StaysConstant()
    {
        var image = new RgbImage(13, 7);
        Array.Fill(image.Pixels, (byte)201);
        foreach (var (width, height) in new[] { (1, 1), (5, 20), (64, 3), (13, 7), (13, 3), (3, 7) })
        {
            var resized = PillowResampler.Resize(image, width, height);
            Assert.Equal((width, height), (resized.Width, resized.Height));
            Assert.All(resized.Pixels, p => Assert.Equal(201, p));
        }
    }

    [Fact]
    public void Resize_HalfAndDouble_MatchValuesByHand()
    {
        static byte[] Gray(params byte[] values) => [.. values.SelectMany(v => new[] { v, v, v })];
        var row = new RgbImage(4, 1, Gray(0, 80, 160, 240));

        // Halving: a triangle over 4 inputs; at the left edge 3 of them, weights 3:3:1, and mirrored at the right.
        Assert.Equal(Gray(57, 183), PillowResampler.Resize(row, 2, 1).Pixels);
        // Doubling: quarters of the way between neighbours, the ends repeated.
        Assert.Equal(Gray(0, 20, 60, 100, 140, 180, 220, 240), PillowResampler.Resize(row, 8, 1).Pixels);
    }

    [Theory]
    [InlineData(500, 375, 64)]
    [InlineData(375, 500, 64)]
    [InlineData(33, 100, 64)]
    [InlineData(64, 64, 64)]
    [InlineData(64, 91, 64)]
    [InlineData(91, 64, 64)]
    [InlineData(1, 9, 16)]
    public void Prepare_AnySize_EqualsResizeThenCrop(int width, int height, int size)
    {
        var image = Noise(width, height);
        var shorter = Math.Min(width, height);
        var full = PillowResampler.Resize(image, size * width / shorter, size * height / shorter);
        int left = (int)Math.Round((full.Width - size) / 2.0), top = (int)Math.Round((full.Height - size) / 2.0);

        var prepared = ImagePreparation.Prepare(image, size);

        Assert.Equal((size, size), (prepared.Width, prepared.Height));
        for (var y = 0; y < size; y++) Assert.Equal(full.Row(top + y).Slice(left * 3, size * 3), prepared.Row(y));
    }

    [Fact]
    public void Normalize_Extremes_AreMinusOneAndOneInPlanes()
    {
        var chw = new float[6];

        ImagePreparation.Normalize(new RgbImage(2, 1, [0, 255, 51, 255, 0, 255]), chw);

        Assert.Equal([-1, 1, 1, -1, (51f / 255 - 0.5f) / 0.5f, 1], chw);
        Assert.Throws<ArgumentException>(() => ImagePreparation.Normalize(new RgbImage(2, 1), new float[5]));
    }

    [Fact]
    public void Constructor_WrongLength_Throws()
    {
        Assert.Throws<ArgumentException>(() => new RgbImage(2, 2, new byte[11]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RgbImage(0, 2, []));
    }

    [Fact]
    public void Compose_LastRowShort_PlacesScaledPicturesOnWhite()
    {
        var images = Enumerable.Range(0, 3).Select(i => new RgbImage(1, 1, [(byte)i, (byte)i, (byte)i])).ToList();

        var sheet = ImageGrid.Compose(images, columns: 2, padding: 1, scale: 2);

        Assert.Equal((7, 7), (sheet.Width, sheet.Height));
        Assert.Equal([255, 0, 0, 255, 1, 1, 255], Reds(sheet, 2));
        Assert.Equal([255, 2, 2, 255, 255, 255, 255], Reds(sheet, 4));
        Assert.All(sheet.Row(3).ToArray(), p => Assert.Equal(255, p));
    }

    [Fact]
    public void Compose_RowLabels_DrawInkLeftOfTheRows()
    {
        var images = Enumerable.Range(0, 2).Select(_ => new RgbImage(28, 28)).ToList();

        var plain = ImageGrid.Compose(images, columns: 1);
        var labelled = ImageGrid.Compose(images, columns: 1, rowLabels: ["Ankle boot"]);

        var margin = labelled.Width - plain.Width;
        Assert.True(margin > 20);
        var inked = Enumerable.Range(0, labelled.Height).Where(y => Reds(labelled, y).Take(margin).Any(p => p < 128)).ToList();
        Assert.NotEmpty(inked);
        Assert.True(inked.Max() < labelled.Height / 2);
    }

    [Fact]
    public void Compose_NoneOrUnequal_Throws()
    {
        Assert.Throws<ArgumentException>(() => ImageGrid.Compose([], 3));
        Assert.Throws<ArgumentException>(() => ImageGrid.Compose([new RgbImage(1, 1), new RgbImage(2, 1)], 3));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Render_OddData_DrawsWithoutFailing(bool logY)
    {
        double[][] datas = [[], [1], [0], [-1, -2], [1, double.NaN, 3], [double.PositiveInfinity], [5, 5, 5], [1e-9, 1e12], [0.1, 0.11],
            [1e300, 1e301], [1e-20, 2e-20]];
        foreach (var data in datas)
        {
            var image = LinePlot.Render("t", "x", "y", [new("s", [.. data.Select((_, i) => (double)i)], data)], 400, 240, logY);
            Assert.Equal((400, 240), (image.Width, image.Height));
        }
        Assert.Throws<ArgumentException>(() => LinePlot.Render("t", "x", "y", [new("s", [1], [])]));
    }

    [Fact]
    public void Render_TwoSeries_DrawsBothInTheirColours()
    {
        double[] x = [.. Enumerable.Range(0, 50).Select(i => (double)i)];

        var image = LinePlot.Render(
            "loss", "step", "nats", [new("a", x, [.. x.Select(v => 10 / (v + 1))]), new("b", x, [.. x.Select(v => 12 / (v + 1))])]);

        Assert.Equal((900, 500), (image.Width, image.Height));
        var colours = Enumerable.Range(0, 900 * 500).Select(
            i => (image.Pixels[3 * i], image.Pixels[3 * i + 1], image.Pixels[3 * i + 2])).ToHashSet();
        Assert.Contains(((byte)0x1F, (byte)0x6F, (byte)0xB4), colours);
        Assert.Contains(((byte)0xE0, (byte)0x7B, (byte)0x21), colours);
        Assert.Equal(image.Pixels, LinePlot.Render(
            "loss", "step", "nats", [new("a", x, [.. x.Select(v => 10 / (v + 1))]), new("b", x, [.. x.Select(v => 12 / (v + 1))])]).Pixels);
    }

    internal static RgbImage Noise(int width, int height, int seed = 1)
    {
        var image = new RgbImage(width, height);
        new Random(seed).NextBytes(image.Pixels);
        return image;
    }

    internal static byte[] Encode(RgbImage image, SKEncodedImageFormat format)
    {
        using var bitmap = SKBitmap.Decode(PngWriter.Encode(image));
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    private static IEnumerable<int> Reds(RgbImage image, int y) =>
        Enumerable.Range(0, image.Width).Select(x => (int)image.Pixels[(y * image.Width + x) * 3]);

    private static uint PngChecksum(ReadOnlySpan<byte> chunk)
    {
        var crc = uint.MaxValue;
        foreach (var b in chunk)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
