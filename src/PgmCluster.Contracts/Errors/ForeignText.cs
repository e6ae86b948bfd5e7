using System.Globalization;

namespace PgmCluster.Contracts.Errors;

/// <summary>What somebody else has named, as a part of a message or of a line of a log: it may hold anything.</summary>
public static class ForeignText
{
    private const int Longest = 200;

    /// <summary>At most 200 characters, with a question mark for each that begins a line or is not seen.</summary>
    public static string Of(string text) => new([.. text.Take(Longest).Select(c => IsSeen(c) ? c : '?')]);

    private static bool IsSeen(char c) => CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
