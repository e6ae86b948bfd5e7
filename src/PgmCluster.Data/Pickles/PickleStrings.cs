using System.Text;
using System.Text.Unicode;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;

namespace PgmCluster.Data.Pickles;

/// <summary>Reads the texts and bytes of a pickle.</summary>
/// <param name="source">Stands behind the length of what is read.</param>
/// <param name="budget">What they may take.</param>
/// <param name="placedFrom">Bytes of so many or more are not read: their place is given.</param>
internal sealed class PickleStrings(FileCursor source, ReadBudget budget, long placedFrom)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="FormatException">It is no UTF-8, or longer than what is left.</exception>
    public string Text(ulong length)
    {
        var bytes = Take(length, 3);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new FormatException($"the text before byte {source.Position} is not UTF-8");
        }
    }

    /// <returns>A byte[], or <see cref="PlacedBytes"/>.</returns>
    /// <exception cref="FormatException">They are more than what is left.</exception>
    public object Bytes(ulong length) => (object?)Place(length) ?? Take(length, 1);

    /// <summary>A string of Python 2, which is text or bytes.</summary>
    /// <returns>A string where it can be one, else as <see cref="Bytes"/>.</returns>
    /// <exception cref="FormatException">It is longer than what is left.</exception>
    public object Either(ulong length)
    {
        if (Place(length) is { } placed) return placed;
        var bytes = Take(length, 1);
        if (!Utf8.IsValid(bytes)) return bytes;
        budget.Charge((Int128)length * 2);
        return StrictUtf8.GetString(bytes);
    }

    private PlacedBytes? Place(ulong length)
    {
        if (length < (ulong)placedFrom || length > (ulong)source.Remaining) return null;
        budget.Charge(64);
        var place = new PlacedBytes(source.Position, (long)length);
        source.Skip((long)length);
        return place;
    }

    private byte[] Take(ulong length, int cost)
    {
        if (length > (ulong)source.Remaining || length > (ulong)Array.MaxLength)
            throw new FormatException(
                $"a text of {length} bytes begins at byte {source.Position}, where {source.Remaining} are left; the file may be truncated");
        budget.Charge(64 + (Int128)length * cost);
        var bytes = new byte[length];
        source.Read(bytes);
        return bytes;
    }
}
