using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PgmCluster.Data.Formats.Tar;

/// <summary>The fields of a header block that matter here.</summary>
/// <param name="Name">With the prefix of USTAR.</param>
/// <param name="Type">The type flag.</param>
/// <param name="Length">Bytes of content; below zero where that is what is written.</param>
internal readonly record struct TarHeader(string Name, char Type, long Length)
{
    private const int NameAt = 0, NameSize = 100, LengthAt = 124, LengthSize = 12, SumAt = 148, SumSize = 8, TypeAt = 156, MagicAt = 257,
        PrefixAt = 345, PrefixSize = 155;

    /// <summary>What the member is. A hard link has no content here, whatever length it gives.</summary>
    public TarMemberKind Kind => Type switch
    {
        '\0' or '0' or '7' => Name.EndsWith('/') ? TarMemberKind.Directory : TarMemberKind.File,
        '1' or '2' => TarMemberKind.Link,
        '5' => TarMemberKind.Directory,
        'S' => TarMemberKind.Sparse,
        _ => TarMemberKind.Other,
    };

    /// <summary>Null where the block is no header: its sum is wrong, or a number is none.</summary>
    public static TarHeader? Parse(ReadOnlySpan<byte> block)
    {
        if (Number(block.Slice(SumAt, SumSize)) is not { } sum || sum != Sum(block)) return null;
        if (Number(block.Slice(LengthAt, LengthSize)) is not { } length) return null;
        var name = NameOf(block.Slice(NameAt, NameSize));
        // GNU's own format has other fields where USTAR has the prefix.
        if (block.Slice(MagicAt, 6).SequenceEqual("ustar\0"u8) && NameOf(block.Slice(PrefixAt, PrefixSize)) is { Length: > 0 } prefix)
            name = $"{prefix}/{name}";
        var type = (char)block[TypeAt];
        return new TarHeader(name, type, type is '1' or '2' or '3' or '4' or '5' or '6' ? 0 : length);
    }

    /// <summary>
    /// A name up to the first zero byte; characters that break lines, act on a terminal or turn its text around appear as their numbers,
    /// since names stand in messages.
    /// </summary>
    public static string NameOf(ReadOnlySpan<byte> bytes)
    {
        var text = Text(bytes);
        if (!text.Any(Acts)) return text;
        var shown = new StringBuilder();
        foreach (var c in text) shown.Append(!Acts(c) ? c.ToString() : c < 0x80 ? $"\\x{(int)c:x2}" : $"\\u{(int)c:x4}");
        return shown.ToString();

        static bool Acts(char c) => char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
    }

    /// <summary>Text up to the first zero byte.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        if (end >= 0) bytes = bytes[..end];
        if (System.Text.Unicode.Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder();
        foreach (var b in bytes) text.Append(b is >= 0x20 and < 0x7F ? ((char)b).ToString() : $"\\x{b:x2}");
        return text.ToString();
    }

    // Octal digits between spaces and zeros, or (GNU, for what does not fit) a two's complement number behind a set bit.
    private static long? Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            var low = BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
            var high = field[..^8];
            var fill = (field[0] & 0x40) != 0 ? (byte)0xFF : (byte)0;
            var fits = high[1..].IndexOfAnyExcept(fill) < 0 && (high[0] | 0x80) == (fill | 0x80) && low < 0 == (fill != 0);
            return fits ? low : null;
        }
        var digits = field.Trim(" \0"u8);
        long value = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7') return null;
            value = (value << 3) + (digit - '0');
        }
        return value;
    }

    // The field of the sum itself counts as spaces.
    private static long Sum(ReadOnlySpan<byte> block)
    {
        long sum = SumSize * ' ';
        for (var i = 0; i < block.Length; i++)
        {
            if (i is < SumAt or >= SumAt + SumSize) sum += block[i];
        }
        return sum;
    }
}
