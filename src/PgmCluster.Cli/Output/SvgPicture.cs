using System.Globalization;
using System.Security;
using System.Text;

namespace PgmCluster.Cli.Output;

/// <summary>What all SVG pictures have alike: white paper, one font, inks for what is no data.</summary>
internal static class SvgPicture
{
    public const string Ink = "#1f2937", SoftInk = "#5b6575", LineInk = "#9aa3b0";

    /// <summary>An empty picture, to be written to and ended by <see cref="End"/>.</summary>
    public static StringBuilder Begin(double width, double height) => new StringBuilder()
        .Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" ")
        .Append(CultureInfo.InvariantCulture, $"viewBox=\"0 0 {width} {height}\" ")
        .Append("font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n")
        .Append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");

    public static string End(this StringBuilder picture) => picture.Append("</svg>\n").ToString();

    /// <summary>Text as it may stand in a picture: what no XML may hold is shown as question marks.</summary>
    public static string Text(string text) =>
        SecurityElement.Escape(string.Concat(text.Select(c => char.IsControl(c) && c != '\n' ? '?' : c)));
}
