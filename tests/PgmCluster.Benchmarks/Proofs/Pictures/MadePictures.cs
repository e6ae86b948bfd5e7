using SkiaSharp;

namespace PgmCluster.Benchmarks.Proofs.Pictures;

/// <summary>
/// Pictures by number and seed: JPEGs of mixed sizes in ten classes; colour, gray, CMYK, progressive, turned by EXIF; some broken.
/// </summary>
internal sealed class MadePictures
{
    public const int Classes = 10;
    private const int LeastSide = 40, MostSide = 260, Quality = 80;

    private readonly int _seed;
    private readonly Dictionary<int, Breakage> _broken;

    /// <param name="count">How many there are.</param>
    /// <param name="seed">Decides everything.</param>
    /// <param name="broken">So many cannot be read: their header or end is damaged.</param>
    /// <param name="brokenWithin">So many more cannot be decoded, which their header and end do not show.</param>
    public MadePictures(int count, int seed, int broken, int brokenWithin)
    {
        (Count, _seed) = (count, seed);
        var order = Enumerable.Range(0, count).ToArray();
        new Random(seed).Shuffle(order);
        Breakage[] kinds = [Breakage.Cut, Breakage.Empty, Breakage.Text, Breakage.Header];
        _broken = Enumerable.Range(0, broken + brokenWithin).ToDictionary(
            i => order[i], i => i < broken ? kinds[i % kinds.Length] : Breakage.Within);
    }

    private enum Breakage
    {
        Cut,
        Empty,
        Text,
        Header,
        Within,
    }

    public int Count { get; }

    /// <summary>How a picture's kind is called.</summary>
    public string KindOf(int picture) => _broken.ContainsKey(picture) ? "broken" : (picture % 20) switch
    {
        < 3 => "gray",
        < 5 => "CMYK",
        < 8 => "progressive",
        < 10 => "turned by EXIF",
        _ => "colour",
    };

    /// <summary>A picture's file.</summary>
    public byte[] Write(int picture)
    {
        var random = new Random(unchecked(_seed * 1_000_003 + picture));
        var (width, height) = (random.Next(LeastSide, MostSide), random.Next(LeastSide, MostSide));
        byte[] Plane() => MadePictures.Plane(random, width, height, picture % Classes);
        if (_broken.TryGetValue(picture, out var breakage))
        {
            var file = PlanesJpeg.Write([Plane(), Plane(), Plane()], width, height, progressive: true, breakage == Breakage.Within);
            return breakage switch
            {
                Breakage.Cut => file[..(file.Length / 2)],
                Breakage.Empty => [],
                Breakage.Text => [.. "no picture at all, and no picture of one either"u8],
                Breakage.Header => [.. file.AsSpan(0, 2), .. new byte[40], .. file.AsSpan(42)],
                _ => file,
            };
        }
        return KindOf(picture) switch
        {
            "gray" => GrayJpeg.Bytes(Plane(), width, height, Quality),
            "CMYK" => PlanesJpeg.Write([Plane(), Plane(), Plane(), Plane()], width, height, progressive: false),
            "progressive" => PlanesJpeg.Write([Plane(), Plane(), Plane()], width, height, progressive: true),
            "turned by EXIF" => PlanesJpeg.Turned(Colour([Plane(), Plane(), Plane()], width, height), (byte)(1 + picture / 20 % 8)),
            _ => Colour([Plane(), Plane(), Plane()], width, height),
        };
    }

    private static byte[] Colour(byte[][] planes, int width, int height)
    {
        var pixels = new byte[width * height * 4];
        for (var i = 0; i < width * height; i++)
            for (var c = 0; c < 3; c++) pixels[i * 4 + c] = planes[c][i];
        return SkiaJpeg.Encode(pixels, new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque), Quality);
    }

    /// <summary>Waves whose direction the class decides, with noise, so that no two are alike.</summary>
    private static byte[] Plane(Random random, int width, int height, int label)
    {
        var (across, down) = (6 + 5 * label + random.Next(4), 61 - 5 * label + random.Next(4));
        var (phase, noise) = (random.Next(512), (uint)random.Next());
        var values = new byte[width * height];
        for (var (y, i) = (0, 0); y < height; y++)
        {
            var wave = phase + y * down;
            for (var x = 0; x < width; x++, i++, wave += across)
            {
                noise = noise * 1664525 + 1013904223;
                var ramp = (wave >> 1) & 511;
                values[i] = (byte)Math.Clamp((ramp < 256 ? ramp : 511 - ramp) + (int)(noise >> 28) - 8, 0, 255);
            }
        }
        return values;
    }
}
