using System.Collections.Concurrent;
using SkiaSharp;

namespace PgmCluster.Data.Images;

/// <summary>
/// A font of strokes, drawn by hand for this program: containers have no system fonts, and a picture should not depend on the machine
/// that drew it. Covers printable ASCII; anything else appears as a box.
/// </summary>
internal static class StrokeFont
{
    // Paths in SVG's notation on the baseline y = 0: capitals reach -7, small letters -5, descenders 2. Before the colon: the width.
    private static readonly Dictionary<char, string> Glyphs = new()
    {
        ['A'] = "5:M0 0L2.5-7L5 0M.9-2.4H4.1",
        ['B'] = "4.3:M0 0V-7H2.3A1.7 1.7 0 0 1 2.3-3.7H0M2.3-3.7H2.4A1.85 1.85 0 0 1 2.4 0H0",
        ['C'] = "4.8:M4.7-1.4A2.6 3.5 0 1 1 4.7-5.6",
        ['D'] = "4.8:M0 0V-7H1.6A3.2 3.5 0 0 1 1.6 0Z",
        ['E'] = "3.9:M3.9 0H0V-7H3.9M0-3.7H3.4",
        ['F'] = "3.8:M0 0V-7H3.8M0-3.6H3.3",
        ['G'] = "5:M4.7-5.6A2.6 3.5 0 1 0 4.9-1.9V-3.3H2.9",
        ['H'] = "4.6:M0 0V-7M4.6 0V-7M0-3.7H4.6",
        ['I'] = ".4:M.2 0V-7",
        ['J'] = "3:M3-7V-2A1.5 2 0 0 1 0-2",
        ['K'] = "4.4:M0 0V-7M4.3-7L0-2.6M1.6-4.2L4.4 0",
        ['L'] = "3.6:M0-7V0H3.6",
        ['M'] = "5.6:M0 0V-7L2.8-2L5.6-7V0",
        ['N'] = "4.8:M0 0V-7L4.8 0V-7",
        ['O'] = "5.4:M2.7-7A2.7 3.5 0 0 1 2.7 0A2.7 3.5 0 0 1 2.7-7Z",
        ['P'] = "4.2:M0 0V-7H2.3A1.9 1.9 0 0 1 2.3-3.2H0",
        ['Q'] = "5.4:M2.7-7A2.7 3.5 0 0 1 2.7 0A2.7 3.5 0 0 1 2.7-7ZM3.3-1.8L5.4.4",
        ['R'] = "4.4:M0 0V-7H2.3A1.9 1.9 0 0 1 2.3-3.2H0M2.2-3.2L4.4 0",
        ['S'] = "4.2:M4-5.6C3.7-6.5 3-7 2.1-7C.9-7 .1-6.3 .1-5.3C.1-3 4.2-4.1 4.2-1.8C4.2-.7 3.3 0 2.1 0C1 0 .2-.6 0-1.5",
        ['T'] = "4.8:M0-7H4.8M2.4-7V0",
        ['U'] = "4.6:M0-7V-2.3A2.3 2.3 0 0 0 4.6-2.3V-7",
        ['V'] = "5:M0-7L2.5 0L5-7",
        ['W'] = "7:M0-7L1.75 0L3.5-6L5.25 0L7-7",
        ['X'] = "4.6:M0-7L4.6 0M4.6-7L0 0",
        ['Y'] = "4.8:M0-7L2.4-3.4L4.8-7M2.4-3.4V0",
        ['Z'] = "4.4:M0-7H4.4L0 0H4.4",
        ['a'] = "3.8:M3.8-5V0M3.8-2.5A1.9 2.5 0 0 1 0-2.5A1.9 2.5 0 0 1 3.8-2.5Z",
        ['b'] = "3.8:M0-7V0M0-2.5A1.9 2.5 0 0 1 3.8-2.5A1.9 2.5 0 0 1 0-2.5Z",
        ['c'] = "3.5:M3.5-1A1.9 2.5 0 1 1 3.5-4",
        ['d'] = "3.8:M3.8-7V0M3.8-2.5A1.9 2.5 0 0 1 0-2.5A1.9 2.5 0 0 1 3.8-2.5Z",
        ['e'] = "3.8:M0-2.6H3.8A1.9 2.5 0 1 0 3.4-.9",
        ['f'] = "2.5:M2.5-6.9C1.4-7.2 1-6.6 1-5.6V0M0-4.9H2.3",
        ['g'] = "3.8:M3.8-5V.3A1.9 1.8 0 0 1 .3 1.2M3.8-2.5A1.9 2.5 0 0 1 0-2.5A1.9 2.5 0 0 1 3.8-2.5Z",
        ['h'] = "3.6:M0-7V0M0-3A1.8 2 0 0 1 3.6-3V0",
        ['i'] = ".4:M.2-5V0M.2-6.9V-6.7",
        ['j'] = "1.2:M1-5V.7C1 1.7 .4 2 -.3 1.9M1-6.9V-6.7",
        ['k'] = "3.4:M0-7V0M3.2-5L0-1.9M1.2-3.1L3.4 0",
        ['l'] = ".4:M.2-7V0",
        ['m'] = "6:M0-5V0M0-3.4A1.5 1.6 0 0 1 3-3.4V0M3-3.4A1.5 1.6 0 0 1 6-3.4V0",
        ['n'] = "3.6:M0-5V0M0-3A1.8 2 0 0 1 3.6-3V0",
        ['o'] = "3.9:M1.95-5A1.95 2.5 0 0 1 1.95 0A1.95 2.5 0 0 1 1.95-5Z",
        ['p'] = "3.8:M0-5V2M0-2.5A1.9 2.5 0 0 1 3.8-2.5A1.9 2.5 0 0 1 0-2.5Z",
        ['q'] = "3.8:M3.8-5V2M3.8-2.5A1.9 2.5 0 0 1 0-2.5A1.9 2.5 0 0 1 3.8-2.5Z",
        ['r'] = "2.2:M0-5V0M0-3A2.2 2 0 0 1 2.3-4.9",
        ['s'] = "3.3:M3.1-4.1C2.8-4.8 2.3-5 1.6-5C.7-5 .1-4.5 .1-3.7C.1-2.1 3.3-3 3.3-1.3C3.3-.5 2.6 0 1.7 0C.8 0 .2-.3 0-1",
        ['t'] = "2.5:M1-6.6V-1.4C1-.3 1.6 0 2.5-.1M0-4.9H2.4",
        ['u'] = "3.6:M0-5V-2A1.8 2 0 0 0 3.6-2M3.6-5V0",
        ['v'] = "3.8:M0-5L1.9 0L3.8-5",
        ['w'] = "5.4:M0-5L1.4 0L2.7-4.2L4 0L5.4-5",
        ['x'] = "3.6:M0-5L3.6 0M3.6-5L0 0",
        ['y'] = "3.8:M0-5L1.9 0M3.8-5L1.9 0C1.4 1.5 1 2 .1 1.9",
        ['z'] = "3.4:M0-5H3.4L0 0H3.4",
        ['0'] = "4.2:M2.1-7A2.1 3.5 0 0 1 2.1 0A2.1 3.5 0 0 1 2.1-7Z",
        ['1'] = "4.2:M.7-5.5L2.4-7V0",
        ['2'] = "4.2:M.2-5.2C.3-6.4 1.1-7 2.1-7C3.3-7 4-6.2 4-5.2C4-3.6 2-2.4 .1 0H4.2",
        ['3'] = "4.2:M.2-5.6C.5-6.5 1.2-7 2.1-7C3.2-7 3.9-6.3 3.9-5.4C3.9-4.4 3.1-3.8 2-3.8H1.6M2-3.8C3.3-3.8 4.1-3 4.1-1.9C4.1-.8 3.3 "
            + "0 2.1 0C1.1 0 .3-.5 .1-1.5",
        ['4'] = "4.2:M3.2 0V-7L0-1.9H4.3",
        ['5'] = "4.2:M3.7-7H.7L.4-3.9C.9-4.4 1.4-4.6 2.1-4.6C3.3-4.6 4.2-3.7 4.2-2.3C4.2-.9 3.3 0 2 0C1 0 .3-.5 0-1.4",
        ['6'] = "4.2:M3.7-6.1C3.4-6.7 2.9-7 2.2-7C.9-7 .1-5.6 .1-3.2C.1-1 .9 0 2.1 0C3.3 0 4.1-.9 4.1-2.2C4.1-3.5 3.3-4.4 "
            + "2.2-4.4C1.1-4.4 .3-3.6 .1-2.5",
        ['7'] = "4.2:M0-7H4.2L1.5 0",
        ['8'] = "4.2:M2.1-3.8A1.7 1.6 0 0 1 2.1-7A1.7 1.6 0 0 1 2.1-3.8A2 1.9 0 0 1 2.1 0A2 1.9 0 0 1 2.1-3.8Z",
        ['9'] = "4.2:M.5-.9C.8-.3 1.3 0 2 0C3.3 0 4.1-1.4 4.1-3.8C4.1-6 3.3-7 2.1-7C.9-7 .1-6.1 .1-4.8C.1-3.5 .9-2.6 2-2.6C3.1-2.6 "
            + "3.9-3.4 4.1-4.5",
        [' '] = "1.6:",
        ['.'] = ".4:M.2-.1V0",
        [','] = ".6:M.4-.2L0 1.2",
        [':'] = ".4:M.2-.1V0M.2-4.2V-4.1",
        [';'] = ".6:M.4-.2L0 1.2M.4-4.2V-4.1",
        ['!'] = ".4:M.2-7V-2M.2-.1V0",
        ['?'] = "3.4:M0-5.5C.2-6.5 .9-7 1.7-7C2.7-7 3.4-6.3 3.4-5.3C3.4-3.9 1.7-3.7 1.7-2M1.7-.1V0",
        ['-'] = "2.6:M0-2.6H2.6",
        ['_'] = "4.2:M-.4 1H4.6",
        ['+'] = "4:M0-3H4M2-5V-1",
        ['='] = "4:M0-3.9H4M0-2.1H4",
        ['/'] = "3.2:M0 1L3.2-7.4",
        ['\\'] = "3.2:M0-7.4L3.2 1",
        ['|'] = ".4:M.2-7.6V1.6",
        ['('] = "1.6:M1.6-7.6C-.5-5 -.5-1 1.6 1.6",
        [')'] = "1.6:M0-7.6C2.1-5 2.1-1 0 1.6",
        ['['] = "1.5:M1.5-7.6H0V1.6H1.5",
        [']'] = "1.5:M0-7.6H1.5V1.6H0",
        ['{'] = "2:M2-7.6C.9-7.6 .8-7 .8-6V-4.4C.8-3.4 .4-3 0-3C.4-3 .8-2.6 .8-1.6V0C.8 1 .9 1.6 2 1.6",
        ['}'] = "2:M0-7.6C1.1-7.6 1.2-7 1.2-6V-4.4C1.2-3.4 1.6-3 2-3C1.6-3 1.2-2.6 1.2-1.6V0C1.2 1 1.1 1.6 0 1.6",
        ['<'] = "3.8:M3.8-5.4L0-3L3.8-.6",
        ['>'] = "3.8:M0-5.4L3.8-3L0-.6",
        ['%'] = "6:M1.3-7A1.3 1.7 0 0 1 1.3-3.6A1.3 1.7 0 0 1 1.3-7ZM4.7-3.4A1.3 1.7 0 0 1 4.7 0A1.3 1.7 0 0 1 4.7-3.4ZM4.8-7L1.2 0",
        ['#'] = "4.6:M1.6-7L.8 0M3.8-7L3 0M.2-4.8H4.6M0-2.2H4.4",
        ['&'] = "5:M5 0L1.2-4.6C.2-5.8 .9-7 2.1-7C3.5-7 3.9-5.3 2.6-4.4L1.3-3.6C-.7-2.2 .1 0 1.9 0C3.4 0 4.4-1.3 4.6-3",
        ['*'] = "3:M1.5-7V-4M.2-6.3L2.8-4.7M2.8-6.3L.2-4.7",
        ['@'] = "6:M4.2-4.7V-2.2C4.2-1 6-1.2 6-3.4A3 3.6 0 1 0 4.5-.3M4.2-3.3A1.3 1.5 0 0 1 1.6-3.3A1.3 1.5 0 0 1 4.2-3.3Z",
        ['\''] = ".4:M.2-7V-5.4",
        ['"'] = "1.6:M.2-7V-5.4M1.4-7V-5.4",
        ['^'] = "3.4:M0-5L1.7-7L3.4-5",
        ['~'] = "4:M0-2.4C.8-4.2 1.7-3.6 2-3C2.4-2.3 3.3-2 4-3.6",
        ['`'] = "1:M0-7L1-5.8",
        ['$'] = "4.2:M4-5.4C3.7-6 3-6.3 2.1-6.3C.9-6.3 .1-5.7 .1-4.9C.1-2.9 4.2-3.9 4.2-1.9C4.2-1 3.3-.4 2.1-.4C1-.4 .2-.9 "
            + "0-1.6M2.1-7.3V.6",
    };

    private const string Unknown = "4:M0 0V-7H4V0Z";
    private const float CapHeight = 7;
    private const float Spacing = 1.75f;

    // Skia's paths may be read by several threads once they are made.
    private static readonly ConcurrentDictionary<char, (float Width, SKPath? Path)> Parsed = new();

    /// <summary>The width of a text.</summary>
    /// <param name="text">One line.</param>
    /// <param name="height">The height of a capital, pixels.</param>
    public static float Measure(string text, float height) =>
        text.Length == 0 ? 0 : (text.Sum(c => Glyph(c).Width + Spacing) - Spacing) * height / CapHeight;

    /// <summary>Draws a text.</summary>
    /// <param name="canvas">Where.</param>
    /// <param name="text">One line.</param>
    /// <param name="x">The left end, the middle or the right end, by <paramref name="align"/>.</param>
    /// <param name="baseline">The y on which capitals stand.</param>
    /// <param name="height">The height of a capital, pixels.</param>
    /// <param name="color">The colour.</param>
    /// <param name="align">What <paramref name="x"/> is.</param>
    /// <param name="weight">The strokes' width as a part of the height.</param>
    public static void Draw(
        SKCanvas canvas, string text, float x, float baseline, float height, SKColor color, SKTextAlign align = SKTextAlign.Left,
        float weight = 0.135f)
    {
        var width = Measure(text, height);
        if (align == SKTextAlign.Center) x -= width / 2;
        if (align == SKTextAlign.Right) x -= width;
        using var pen = new SKPaint
        {
            Color = color,
            IsAntialias = true,
            IsStroke = true,
            StrokeWidth = CapHeight * weight,
            StrokeCap = SKStrokeCap.Round,
            StrokeJoin = SKStrokeJoin.Round,
        };
        canvas.Save();
        canvas.Translate(x, baseline);
        canvas.Scale(height / CapHeight);
        foreach (var c in text)
        {
            var (advance, path) = Glyph(c);
            if (path is not null) canvas.DrawPath(path, pen);
            canvas.Translate(advance + Spacing, 0);
        }
        canvas.Restore();
    }

    private static (float Width, SKPath? Path) Glyph(char c) => Parsed.GetOrAdd(c, static key =>
    {
        var glyph = Glyphs.GetValueOrDefault(key, Unknown);
        var colon = glyph.IndexOf(':');
        return (float.Parse(glyph.AsSpan(0, colon)), colon + 1 == glyph.Length ? null : SKPath.ParseSvgPathData(glyph[(colon + 1)..]));
    });
}
