using PgmCluster.Data.Images;
using PgmCluster.Data.Safetensors;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Images;

public class InceptionPreparationTests
{
    private const string File = "inception/inception.safetensors";

    // No file states this size of the picture that a formula makes.
    private const int BigSide = 256;

    // Float sums may end on the other side of an integer by this much.
    private const double Rounding = 2e-4;

    [Fact, Trait("Category", "Golden")]
    public void Resize_ReferenceChannel_EqualsPillow()
    {
        using var golden = SafetensorsFile.Open(GoldenData.Require(File));
        GoldenData.RequireTensors(golden, "small.image", "small.resized_float");
        var (image, shape) = (golden.ReadArray<float>("small.image"), golden["small.image"].Shape);
        var (height, width) = ((int)shape[2], (int)shape[3]);
        var scaled = image.Take(height * width).Select(v => Math.Clamp((v + 1) / 2 * 255, 0, 255)).ToArray();
        var expected = golden.ReadArray<float>("small.resized_float");
        var side = (int)golden["small.resized_float"].Shape[0];
        var resized = new float[side * side];
        PillowFloatResampler.Resize(scaled, height, width, resized, side, side);
        Assert.True(expected.Zip(resized, (e, r) => Math.Abs(e - Math.Clamp(r, 0, 255))).Max() <= 2e-5);
    }

    [Fact, Trait("Category", "Golden")]
    public void Prepare_SmallReferenceImages_EqualReference()
    {
        using var golden = SafetensorsFile.Open(GoldenData.Require(File));
        GoldenData.RequireTensors(golden, "small.image", "small.resized_u8");
        var image = golden.ReadArray<float>("small.image");
        var shape = golden["small.image"].Shape;
        var prepared = Prepare(image, (int)shape[0], (int)shape[2], (int)shape[3], (int)golden["small.resized_u8"].Shape[^1]);
        AssertEqualButRoundings(golden.Read("small.resized_u8"), prepared);
    }

    [Fact, Trait("Category", "Golden")]
    public void Prepare_BigFormulaImages_EqualReference()
    {
        using var golden = SafetensorsFile.Open(GoldenData.Require(File));
        GoldenData.RequireTensors(golden, "big.resized_u8", "big.resized_probe", "big.features.64", "state_head");
        var expected = golden.Read("big.resized_u8");
        var head = golden.ReadArray<double>("state_head");
        var side = (int)golden["big.resized_u8"].Shape[^1];
        var count = (int)golden["big.features.64"].Shape[0];
        var prepared = Prepare(BigFormula(count, FormulaPhase.Of(head[0], head[1]).Phase), count, BigSide, BigSide, side);
        AssertEqualButRoundings(expected, prepared[..expected.Length]);
        var probe = golden.ReadArray<float>("big.resized_probe");
        AssertEqualButRoundings([.. probe.Select(v => (byte)v)], [.. Enumerable.Range(0, probe.Length).Select(i => prepared[i * 1049])]);
    }

    [Theory]
    [InlineData(1, 1, 7)]
    [InlineData(28, 28, 299)]
    [InlineData(640, 333, 299)]
    public void Prepare_ConstantImage_StaysConstantInsideTheRange(int height, int width, int side)
    {
        var image = Enumerable.Repeat(0.5f, 3 * height * width).ToArray();
        var pixels = new byte[3 * side * side];
        new InceptionPreparation(height, width, side).Prepare(image, pixels);
        Assert.All(pixels, p => Assert.Equal(191, p));
    }

    [Fact]
    public void Prepare_ValuesOutsideTheRange_AreCut()
    {
        float[] image = [-3, 3, float.PositiveInfinity];
        var pixels = new byte[3];
        new InceptionPreparation(1, 1, 1).Prepare(image, pixels);
        Assert.Equal([0, 255, 255], pixels);
    }

    private static byte[] Prepare(float[] images, int count, int height, int width, int side)
    {
        var preparation = new InceptionPreparation(height, width, side);
        var (perImage, perResult) = (3 * height * width, 3 * side * side);
        var pixels = new byte[count * perResult];
        for (var i = 0; i < count; i++) preparation.Prepare(images.AsSpan(i * perImage, perImage), pixels.AsSpan(i * perResult, perResult));
        return pixels;
    }

    /// <summary>A float next to an integer may be truncated to either side of it, which happens to few.</summary>
    private static void AssertEqualButRoundings(byte[] expected, byte[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var differences = expected.Zip(actual, (e, a) => Math.Abs(e - a)).ToArray();
        Assert.True(differences.Max() <= 1, $"differs by up to {differences.Max()}");
        Assert.True(
            differences.Count(d => d > 0) <= Math.Max(1, Rounding * expected.Length),
            $"{differences.Count(d => d > 0)} of {expected.Length} differ");
    }

    private static float[] BigFormula(int count, double phase)
    {
        var image = new float[count * 3 * BigSide * BigSide];
        var at = 0;
        for (var b = 0; b < count; b++)
            for (var c = 0; c < 3; c++)
                for (var y = 0; y < BigSide; y++)
                    for (var x = 0; x < BigSide; x++)
                    {
                        var value = (float)(1.1 * Math.Sin((0.05 + 0.04 * b) * y * (c + 1) + 0.09 * x + c + phase));
                        image[at++] = MathF.Round(value * 4096) / 4096;
                    }
        return image;
    }
}
