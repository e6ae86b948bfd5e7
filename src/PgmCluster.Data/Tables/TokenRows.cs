using System.Runtime.InteropServices;

namespace PgmCluster.Data.Tables;

/// <summary>Tokens of some pictures. As a frame's content: rows, width, labels [rows], tokens [rows, width], all I32.</summary>
/// <param name="Labels">Of the pictures; -1 where there is none.</param>
/// <param name="Tokens">Row by row, of equal width.</param>
internal sealed record TokenRows(int[] Labels, int[] Tokens)
{
    /// <summary>Tokens of a picture.</summary>
    public int Width => Labels.Length == 0 ? 0 : Tokens.Length / Labels.Length;

    public byte[] ToContent() => [.. MemoryMarshal.AsBytes<int>([Labels.Length, Width, .. Labels, .. Tokens])];

    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static TokenRows Of(byte[] content)
    {
        if (content.Length % sizeof(int) != 0 || content.Length < 2 * sizeof(int)) throw new InvalidDataException("Tokens are cut.");
        var numbers = MemoryMarshal.Cast<byte, int>(content);
        var (rows, width) = (numbers[0], numbers[1]);
        if (rows < 0 || width < 0 || numbers.Length - 2L != rows + (long)rows * width) throw new InvalidDataException("Tokens are cut.");
        return new TokenRows(numbers.Slice(2, rows).ToArray(), numbers[(2 + rows)..].ToArray());
    }
}
