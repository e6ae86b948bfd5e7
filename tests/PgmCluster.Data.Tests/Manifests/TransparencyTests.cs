using PgmCluster.Data.Images;
using SkiaSharp;

namespace PgmCluster.Data.Tests.Manifests;

public class TransparencyTests
{
    [Fact]
    public async Task Register_TransparentPictures_AreCountedWithThoseThatBecomeOneColour()
    {
        using var directory = Stickers();

        using var registered = await Registration.Of(directory.Path);

        Assert.StartsWith("2 with transparency, 1 uniform after conversion", Assert.Single(registered.Manifest.Remarks));
        Assert.Equal((2, 1), (registered.Manifest.Transparency!.Pictures, registered.Manifest.Transparency.Uniform));
    }

    [Fact]
    public async Task Register_OpaquePictures_SayNothingOfTransparency()
    {
        using var directory = Layouts.Folder(3, i => $"{i}/{i}.png");

        using var registered = await Registration.Of(directory.Path);

        Assert.Empty(registered.Manifest.Remarks);
        Assert.DoesNotContain("transparency", registered.Read(registered.File, File.ReadAllText));
    }

    [Fact]
    public async Task Register_OnABackground_EveryPictureIsComposedAndTheContentIsAnother()
    {
        using var directory = Stickers();
        using var dropped = await Registration.Of(directory.Path);
        using var white = await Registration.Of(directory.Path, background: "white");
        using var blue = await Registration.Of(directory.Path, background: "#0000ff");

        Assert.Equal(["2 with transparency, composed on #ffffff"], white.Manifest.Remarks);
        Assert.Equal(
            3, new[] { dropped, white, blue }.Select(r => r.Manifest.ContentSha256).Distinct().Count());
        // In the folder's order: none-of-it, opaque, shape, sticker. The shape is black below its alpha.
        Assert.Equal([0, 0, 0], Pixel(dropped, 2, 0));
        Assert.Equal([255, 255, 255], Pixel(white, 2, 0));
        Assert.Equal([75, 75, 75], Pixel(white, 2, 3));
        Assert.Equal([0, 0, 255], Pixel(blue, 2, 0));
        Assert.Equal(dropped.Pictures().Read(1).Pixels, white.Pictures().Read(1).Pixels);
    }

    [Fact]
    public async Task Register_OnABackground_OtherAlphaIsOtherContent()
    {
        using var directory = Stickers();
        using var before = await Registration.Of(directory.Path, background: "white");
        directory.Write("cat/shape.png", Rgba((x, _) => new SKColor(0, 0, 0, (byte)(x * 61))));

        using var after = await Registration.Of(directory.Path, background: "white");

        Assert.NotEqual(before.Manifest.ContentSha256, after.Manifest.ContentSha256);
    }

    [Theory]
    [InlineData("white", "#ffffff")]
    [InlineData("Black", "#000000")]
    [InlineData("#A0b0C0", "#a0b0c0")]
    public void Parse_Color_IsSaidInOneWay(string text, string expected) =>
        Assert.Equal(expected, BackgroundColor.Parse(text)!.Value.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("whit")]
    [InlineData("#fff")]
    [InlineData("#12345g")]
    [InlineData("#-12345")]
    public void Parse_NoColor_IsRefusedInOneLine(string text)
    {
        var error = Assert.Throws<BadInputException>(() => BackgroundColor.Parse(text));
        Assert.Contains("Give white, black, or #rrggbb", error.Message);
    }

    private static TemporaryDirectory Stickers()
    {
        var directory = new TemporaryDirectory();
        directory.Write("cat/opaque.png", Layouts.Png(1));
        // All that it shows is in the alpha.
        directory.Write("cat/shape.png", Rgba((x, _) => new SKColor(0, 0, 0, (byte)(x * 60))));
        directory.Write("cat/sticker.png", Rgba((x, y) => new SKColor((byte)(x * 50), 9, 9, (byte)(y == 0 ? 0 : 255))));
        directory.Write("cat/none-of-it.png", Rgba((x, _) => new SKColor((byte)(x * 50), 9, 9, 255)));
        return directory;
    }

    private static byte[] Pixel(Registration registered, int picture, int x) =>
        registered.Pictures().Read(picture).Pixels[(3 * x)..(3 * x + 3)];

    private static byte[] Rgba(Func<int, int, SKColor> color)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(4, 4, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (var y = 0; y < 4; y++)
            for (var x = 0; x < 4; x++) bitmap.SetPixel(x, y, color(x, y));
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }
}
