using System.Text;

namespace PgmCluster.Data.Names;

/// <summary>
/// Text in Unicode's composed form (NFC) as far as pairs of a letter and a mark go, for comparing names: file systems and tools write "é"
/// as one character or as two. The runtime's own normalisation does nothing where it runs without ICU, as this program does.
/// </summary>
public static class ComposedText
{
    private const string Resource = "PgmCluster.Data.Names.compositions.txt";
    private const int HangulStart = 0xAC00, LeadStart = 0x1100, VowelStart = 0x1161, TailStart = 0x11A7, Leads = 19, Vowels = 21,
        Tails = 28;

    // Of Unicode's UnicodeData.txt: letter, mark, and the character that both are, a line each; what is excluded from composition is not
    // there.
    private static readonly Lazy<Dictionary<(char, char), char>> Pairs = new(Read);

    /// <summary>The text with every such pair put together; marks are taken in the order in which they stand.</summary>
    public static string Of(string text)
    {
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', '\u02FF') < 0) return text;
        var composed = new StringBuilder(text.Length);
        foreach (var next in text)
        {
            if (composed.Length > 0 && Together(composed[^1], next) is { } both) composed[^1] = both;
            else composed.Append(next);
        }
        return composed.ToString();
    }

    private static char? Together(char first, char second)
    {
        if (Pairs.Value.TryGetValue((first, second), out var both)) return both;
        var (lead, vowel, syllable, tail) = (first - LeadStart, second - VowelStart, first - HangulStart, second - TailStart);
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels) return (char)(HangulStart + (lead * Vowels + vowel) * Tails);
        return syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0 && tail is > 0 and < Tails
            ? (char)(first + tail)
            : null;
    }

    private static Dictionary<(char, char), char> Read()
    {
        using var stream = typeof(ComposedText).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var pairs = new Dictionary<(char, char), char>();
        while (reader.ReadLine() is { } line) pairs.Add((line[0], line[1]), line[2]);
        return pairs;
    }
}
