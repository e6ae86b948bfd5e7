using PgmCluster.Data.Images;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Images;

/// <summary>
/// Odd pictures are what Pillow's <c>convert("RGB")</c> makes of them, to the last bit, or refused by name:
/// <c>tests/golden/pictures/make.py</c> made them, and what Pillow gives for each.
/// </summary>
[Trait("Category", "Golden")]
public class PillowPicturesTests
{
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["gif-transparent.gif"] = "a GIF with transparent pixels",
        ["png-gray-16.png"] = "gray with 16 bits",
    };

    private static string Folder => Path.Combine(RepositoryRoot.Path, "tests/golden/pictures");

    private static IEnumerable<string> All =>
        Directory.GetFiles(Folder, "*.ppm").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    public static TheoryData<string> Decoded => [.. All.Except(Refused.Keys)];

    public static TheoryData<string> RefusedOnes => [.. All.Intersect(Refused.Keys)];

    [Theory]
    [MemberData(nameof(Decoded))]
    public void Decode_PictureOfPillows_GivesItsPixels(string name)
    {
        var decoded = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(Folder, name)), name);

        Assert.Equal((23, 17), (decoded.Width, decoded.Height));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, name + ".ppm"))["P6\n23 17\n255\n".Length..], decoded.Pixels);
    }

    public static TheoryData<string> Transparent =>
        [.. Directory.GetFiles(Path.Combine(Folder, "composed")).Select(f => Path.GetFileNameWithoutExtension(f))
            .Except(Refused.Keys).Order(StringComparer.Ordinal)];

    /// <summary>What Pillow gives for pasting the picture on the colour, its alpha as the mask.</summary>
    [Theory]
    [MemberData(nameof(Transparent))]
    public void Decode_OnABackground_GivesThePixelsOfPillowsPaste(string name)
    {
        var encoded = File.ReadAllBytes(Path.Combine(Folder, name));
        var expected = File.ReadAllBytes(Path.Combine(Folder, "composed", name + ".ppm"))["P6\n23 17\n255\n".Length..];

        var composed = ImageDecoder.Decode(encoded, name, background: BackgroundColor.Parse("#3366CC"));

        Assert.Equal(expected, composed.Pixels);
        Assert.Equal(
            ImagePreparation.Prepare(composed, 8).Pixels,
            ImageDecoder.DecodePrepared(encoded, name, 8, background: BackgroundColor.Parse("#3366CC")).Pixels);
    }

    [Theory]
    [MemberData(nameof(RefusedOnes))]
    public void Decode_WhatWouldComeOutOtherwise_IsRefusedByName(string name)
    {
        var error = Assert.Throws<UndecodablePictureException>(() => ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(Folder, name)), name));

        Assert.Contains($"{name}: it is {Refused[name]}", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [MemberData(nameof(Decoded))]
    public void DecodePrepared_AnyPicture_EqualsDecodingThenPreparing(string name)
    {
        var encoded = File.ReadAllBytes(Path.Combine(Folder, name));
        foreach (var size in new[] { 1, 8, 17, 40 })
        {
            Assert.Equal(
                ImagePreparation.Prepare(ImageDecoder.Decode(encoded, name), size).Pixels,
                ImageDecoder.DecodePrepared(encoded, name, size).Pixels);
        }
    }
}
