using PgmCluster.Data.Images;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PgmCluster.Cli.Output;

/// <summary>
/// A picture in a terminal of 24-bit colours, two pixels a character: the upper one is the half block's colour, the lower one its
/// background.
/// </summary>
internal sealed class HalfBlocks : Renderable
{
    private readonly RgbImage _picture;

    /// <summary>Shrinks the picture to what has room; small pictures stay as they are.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="columns">Characters a line, at least 1.</param>
    public HalfBlocks(RgbImage picture, int columns)
    {
        var width = Math.Min(columns, picture.Width);
        var height = Math.Max(1, (int)Math.Round((double)picture.Height * width / picture.Width));
        _picture = PillowResampler.Resize(picture, width, height);
    }

    /// <summary>Lines that it takes.</summary>
    public int Lines => (_picture.Height + 1) / 2;

    protected override Measurement Measure(RenderOptions options, int maxWidth) => new(_picture.Width, _picture.Width);

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        for (var y = 0; y < _picture.Height; y += 2)
        {
            for (var x = 0; x < _picture.Width; x++)
            {
                var style = y + 1 < _picture.Height ? new Style(At(x, y), At(x, y + 1)) : new Style(At(x, y));
                yield return new Segment("▀", style);
            }
            yield return Segment.LineBreak;
        }
    }

    private Color At(int x, int y)
    {
        var pixel = _picture.Row(y).Slice(x * RgbImage.Channels, RgbImage.Channels);
        return new Color(pixel[0], pixel[1], pixel[2]);
    }
}
