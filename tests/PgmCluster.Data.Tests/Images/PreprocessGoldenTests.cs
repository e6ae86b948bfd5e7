using PgmCluster.Data.Images;
using PgmCluster.Data.Safetensors;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Images;

[Trait("Category", "Golden")]
public class PreprocessGoldenTests
{
    private const string Set = "preprocess";

    // "none" keeps a theory without files from being an error: it is then skipped by name instead.
    public static TheoryData<string> Good => Names(name => IsPicture(name) && !IsBad(name));

    public static TheoryData<string> Bad => Names(name => IsPicture(name) && IsBad(name));

    [Theory]
    [MemberData(nameof(Good))]
    public void Prepare_ReferencePicture_EqualsReference(string name)
    {
        using var expected = SafetensorsFile.Open(GoldenData.Require($"{Set}/expected.safetensors"));
        var bytes = File.ReadAllBytes(GoldenData.Require($"{Set}/{name}"));

        var decoded = ImageDecoder.Decode(bytes, name);
        var decodedShape = expected[$"{name}.decoded"].Shape;
        Assert.Equal([decodedShape[0], decodedShape[1]], new long[] { decoded.Height, decoded.Width });
        var reference = expected.Read($"{name}.decoded");
        var difference = Largest(reference, decoded.Pixels);
        Assert.True(difference <= (IsCmyk(bytes) ? 1 : 0), $"decoded pixels of {name} differ by {difference}");

        // From the reference's own pixels, so that the resizing is judged apart from the decoder.
        var size = (int)expected[$"{name}.resized"].Shape[0];
        var prepared = ImagePreparation.Prepare(new RgbImage(decoded.Width, decoded.Height, reference), size);
        Assert.Equal(expected.Read($"{name}.resized"), prepared.Pixels);

        var normalized = new float[3 * size * size];
        ImagePreparation.Normalize(prepared, normalized);
        Assert.Equal(expected.ReadArray<float>($"{name}.normalized"), normalized);

        var own = ImagePreparation.Prepare(decoded, size);
        Assert.True(
            Largest(prepared.Pixels, own.Pixels) <= difference, $"{name}: own pixels lead further from the reference after resizing");
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void Decode_ReferenceBadFile_RefusesNamingIt(string name)
    {
        var bytes = File.ReadAllBytes(GoldenData.Require($"{Set}/{name}"));

        var error = Assert.Throws<UndecodablePictureException>(() => ImageDecoder.Decode(bytes, name));

        Assert.Contains(name, error.Message);
    }

    /// <summary>True for a JPEG file of four components.</summary>
    private static bool IsCmyk(byte[] file)
    {
        if (file is not [0xff, 0xd8, ..]) return false;
        // Segments follow one another: marker, length; a frame's begins with precision, height and width.
        for (var at = 2; at + 9 < file.Length; at += 2 + (file[at + 2] << 8 | file[at + 3]))
            if (file[at + 1] is >= 0xc0 and <= 0xc2) return file[at + 9] == 4;
        return false;
    }

    private static bool IsPicture(string name) => name != "none" && (name.EndsWith(".jpg") || name.EndsWith(".png"));

    private static bool IsBad(string name) => name.StartsWith("bad_");

    private static TheoryData<string> Names(Func<string, bool> wanted)
    {
        var names = GoldenData.Files(Set).Where(wanted).ToArray();
        return new TheoryData<string>(names.Length > 0 ? names : ["none"]);
    }

    private static int Largest(byte[] a, byte[] b)
    {
        Assert.Equal(a.Length, b.Length);
        return a.Zip(b).Max(pair => Math.Abs(pair.First - pair.Second));
    }
}
