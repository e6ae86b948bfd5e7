using PgmCluster.Data.Images;
using SkiaSharp;

namespace PgmCluster.Data.Tests.Images;

public class DecodeMemoryTests
{
    private static readonly RgbImage Large = ImageTests.Noise(96, 64);

    [Theory]
    [InlineData(96 * 64 * 4, 8, 96, 64)]
    [InlineData(96 * 64 * 4 - 1, 8, 48, 32)]
    [InlineData(48 * 32 * 4, 32, 48, 32)]
    [InlineData(48 * 32 * 4 - 1, 8, 24, 16)]
    [InlineData(12 * 8 * 4, 8, 12, 8)]
    public void DecodePrepared_JpegLargerThanOnePictureMayBe_IsDecodedAtTheLargestPartThatFits(
        long pictureBytes, int size, int width, int height)
    {
        var jpeg = ImageTests.Encode(Large, SKEncodedImageFormat.Jpeg);
        var memory = new DecodeMemory(long.MaxValue, pictureBytes);

        var prepared = ImageDecoder.DecodePrepared(jpeg, "large.jpg", size, memory);

        Assert.Equal(width * height * 4, memory.Peak);
        Assert.Equal(ImagePreparation.Prepare(DecodedAt(jpeg, width, height), size).Pixels, prepared.Pixels);
    }

    [Theory]
    [InlineData(48 * 32 * 4, 33)]
    [InlineData(12 * 8 * 4 - 1, 1)]
    public void DecodePrepared_JpegWhosePartThatFitsIsTooSmall_IsRefusedByName(long pictureBytes, int size)
    {
        var jpeg = ImageTests.Encode(Large, SKEncodedImageFormat.Jpeg);

        var error = Assert.Throws<UndecodablePictureException>(
            () => ImageDecoder.DecodePrepared(jpeg, "large.jpg", size, new DecodeMemory(long.MaxValue, pictureBytes)));

        Assert.Contains("large.jpg: 96x64 pixels take", error.Message);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void DecodePrepared_OtherPictureLargerThanOneMayBe_IsRefusedByName(SKEncodedImageFormat format)
    {
        var memory = new DecodeMemory(long.MaxValue, 96 * 64 * 4 - 1);

        var error = Assert.Throws<UndecodablePictureException>(
            () => ImageDecoder.DecodePrepared(ImageTests.Encode(Large, format), "large.img", 8, memory));

        Assert.Contains("large.img: 96x64 pixels take", error.Message);
        Assert.Equal(0, memory.Peak);
    }

    [Fact]
    public void Decode_HundredMillionPixelsOfJpeg_TakesNoMoreThanOnePictureMay()
    {
        // A header that claims 10,000 x 10,000 pixels over the data of 96 x 64: enough to see what would be taken.
        var jpeg = ImageTests.Encode(Large, SKEncodedImageFormat.Jpeg);
        var frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        byte[] sides = [0x27, 0x10, 0x27, 0x10];
        sides.CopyTo(jpeg, frame + 5);
        var memory = new DecodeMemory(long.MaxValue);

        // The decoder fills with gray what is missing before the end's marker.
        Assert.Equal(256, ImageDecoder.DecodePrepared(jpeg, "claims.jpg", 256, memory).Width);

        Assert.Equal(5000L * 5000 * 4, memory.Peak);
        Assert.Contains("10000x10000", Assert.Throws<UndecodablePictureException>(() => ImageDecoder.Decode(jpeg, "claims.jpg")).Message);
    }

    [Fact]
    public void Take_ByManyThreads_NeverExceedsTheBudgetAndLetsLargerOnesInAlone()
    {
        var memory = new DecodeMemory(budget: 100);
        var (taken, most) = (0L, 0L);
        var gate = new Lock();

        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var bytes = i % 50 == 0 ? 150 : 10 + i % 40;
            using var room = memory.Take(bytes);
            lock (gate)
            {
                taken += bytes;
                most = Math.Max(most, taken > 100 && taken != bytes ? long.MaxValue : taken);
            }
            lock (gate) taken -= bytes;
        });

        Assert.Equal(150, most);
        Assert.Equal(150, memory.Peak);
    }

    private static RgbImage DecodedAt(byte[] jpeg, int width, int height)
    {
        using var data = SKData.CreateCopy(jpeg);
        using var codec = SKCodec.Create(data);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Assert.Equal(SKCodecResult.Success, codec.GetPixels(bitmap.Info, bitmap.GetPixels()));
        var image = new RgbImage(width, height);
        for (var i = 0; i < width * height; i++) bitmap.GetPixelSpan().Slice(i * 4, 3).CopyTo(image.Pixels.AsSpan(i * 3));
        return image;
    }
}
