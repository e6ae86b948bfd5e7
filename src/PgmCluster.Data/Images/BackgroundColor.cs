using System.Globalization;

namespace PgmCluster.Data.Images;

/// <summary>An opaque colour that transparent pictures are composed on, 8 bits a channel.</summary>
public readonly record struct BackgroundColor(byte Red, byte Green, byte Blue)
{
    /// <summary>Reads "white", "black" or "#rrggbb"; null stays null.</summary>
    /// <exception cref="BadInputException">It is something else.</exception>
    public static BackgroundColor? Parse(string? text) => text switch
    {
        null => null,
        _ when text.Equals("white", StringComparison.OrdinalIgnoreCase) => new(255, 255, 255),
        _ when text.Equals("black", StringComparison.OrdinalIgnoreCase) => new(0, 0, 0),
        ['#', _, _, _, _, _, _] when int.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rgb)
            => new((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb),
        _ => throw new BadInputException(
            $"Reading the background '{text}': it is no colour. Give white, black, or #rrggbb in hexadecimal digits."),
    };

    /// <summary>"#rrggbb", in lower case.</summary>
    public override string ToString() => $"#{Red:x2}{Green:x2}{Blue:x2}";

    /// <summary>
    /// Composes pixels on the colour, as Pillow's <c>paste</c> of a picture with itself as mask does: (c a + b (255 - a)) / 255, rounded to
    /// the nearest.
    /// </summary>
    /// <param name="rgba">[n, 4], not premultiplied; opaque afterwards.</param>
    internal void Compose(Span<byte> rgba)
    {
        for (var i = 0; i + 3 < rgba.Length; i += 4)
        {
            var alpha = rgba[i + 3];
            if (alpha == byte.MaxValue) continue;
            rgba[i] = Blend(rgba[i], Red, alpha);
            rgba[i + 1] = Blend(rgba[i + 1], Green, alpha);
            rgba[i + 2] = Blend(rgba[i + 2], Blue, alpha);
            rgba[i + 3] = byte.MaxValue;
        }
    }

    private static byte Blend(byte color, byte behind, byte alpha)
    {
        var sum = color * alpha + behind * (byte.MaxValue - alpha) + 128;
        return (byte)((sum + (sum >> 8)) >> 8);
    }
}
