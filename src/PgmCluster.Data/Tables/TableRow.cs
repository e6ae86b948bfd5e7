using System.Buffers.Binary;
using System.Text;

namespace PgmCluster.Data.Tables;

/// <summary>One row: a picture, the path of one, or neither.</summary>
/// <param name="Label">As written; null where there is none.</param>
/// <param name="Path">Where the picture lies, where it is not in the table; in a row with bytes, what its file was called.</param>
/// <param name="Bytes">The picture; null where it is not in the table.</param>
internal sealed record TableRow(string? Label, string? Path, byte[]? Bytes)
{
    private const int None = -1;

    /// <summary>As a frame's content: each part as a length (I32, -1 for none) and its bytes.</summary>
    public byte[] ToContent()
    {
        byte[]?[] parts = [Label is null ? null : Encoding.UTF8.GetBytes(Label), Path is null ? null : Encoding.UTF8.GetBytes(Path), Bytes];
        var content = new byte[parts.Sum(p => sizeof(int) + (p?.Length ?? 0))];
        var at = 0;
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(at), part?.Length ?? None);
            at += sizeof(int);
            part?.CopyTo(content, at);
            at += part?.Length ?? 0;
        }
        return content;
    }

    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static TableRow Of(ReadOnlySpan<byte> content)
    {
        var (label, path, bytes) = (Next(ref content), Next(ref content), Next(ref content));
        return new TableRow(Text(label), Text(path), bytes);

        static string? Text(byte[]? utf8) => utf8 is null ? null : Encoding.UTF8.GetString(utf8);
    }

    private static byte[]? Next(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < sizeof(int)) throw new InvalidDataException("A row is cut.");
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        if (length == None) return null;
        if (length < 0 || length > rest.Length) throw new InvalidDataException("A row is cut.");
        var part = rest[..length].ToArray();
        rest = rest[length..];
        return part;
    }
}
