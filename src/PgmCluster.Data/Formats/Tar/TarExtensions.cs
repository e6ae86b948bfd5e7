using System.Globalization;
using System.Text;

namespace PgmCluster.Data.Formats.Tar;

/// <summary>What headers before a member's own say about it.</summary>
internal sealed class TarExtensions
{
    /// <summary>Its whole name; null where its own header has it.</summary>
    public string? Name { get; set; }

    /// <summary>Its length; null where its own header has it.</summary>
    public long? Length { get; private set; }

    /// <summary>Whether runs of zeros are left out of it (GNU's PAX forms).</summary>
    public bool IsSparse { get; private set; }

    /// <summary>Reads records <c>"LENGTH KEY=VALUE\n"</c>.</summary>
    /// <param name="records">The header's content.</param>
    /// <param name="bad">Makes the exception for what is found.</param>
    public void ReadPax(byte[] records, Func<string, BadInputException> bad)
    {
        var rest = records.AsSpan();
        while (rest.Length > 0 && rest[0] != 0)
        {
            var space = rest.IndexOf((byte)' ');
            if (space is < 1 or > 10
                || !int.TryParse(Encoding.ASCII.GetString(rest[..space]), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                || length <= space + 1 || length > rest.Length || rest[length - 1] != '\n')
                throw bad("a record of a PAX header is damaged");
            var record = rest[(space + 1)..(length - 1)];
            rest = rest[length..];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1) throw bad("a record of a PAX header has no '='");
            Take(TarHeader.Text(record[..equals]), record[(equals + 1)..], bad);
        }
    }

    private void Take(string key, ReadOnlySpan<byte> value, Func<string, BadInputException> bad)
    {
        if (key == "path") Name = TarHeader.NameOf(value);
        if (key.StartsWith("GNU.sparse.", StringComparison.Ordinal)) IsSparse = true;
        if (key != "size") return;
        Length = long.TryParse(Encoding.ASCII.GetString(value), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length : throw bad($"a PAX header gives the size '{TarHeader.Text(value)}'");
    }
}
